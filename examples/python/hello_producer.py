"""Puts one message into the queue "hello"."""

import pika

from address import host, password, port, user

credentials = pika.PlainCredentials(user, password)
# The connection ...
connection = pika.BlockingConnection(pika.ConnectionParameters(host, port, credentials=credentials))

# ... and a channel on it
channel = connection.channel()

# The queue is made if there is none
channel.queue_declare(queue="hello")

# Put a message into the queue
channel.basic_publish(exchange="",
                      routing_key="hello",
                      body=b"Hello World!")

print("Sent Hello World!")

connection.close()
