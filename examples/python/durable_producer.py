"""Puts three persistent messages into the durable queue "Two"; queue and messages survive a restart."""

import pika

from address import host, password, port, user

credentials = pika.PlainCredentials(user, password)
# The connection ...
connection = pika.BlockingConnection(pika.ConnectionParameters(host, port, credentials=credentials))

# ... and a channel on it
channel = connection.channel()

# The queue is made if there is none
channel.queue_declare(queue="Two", durable=True)

# Put a message into the queue
for i in range(3):
    channel.basic_publish(exchange="",
                          routing_key="Two",
                          body=b"Two",
                          properties=pika.BasicProperties(
                              delivery_mode=2,  # kept on disk
                          ))

print("Sent Two")

connection.close()
