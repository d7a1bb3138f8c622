"""Publishes one message to every subscriber of "logs"."""

import pika

from address import host, password, port, user

credentials = pika.PlainCredentials(user, password)
connection = pika.BlockingConnection(pika.ConnectionParameters(host, port, credentials=credentials))
channel = connection.channel()

# No queue is named here, only the exchange
channel.exchange_declare(exchange='logs', exchange_type='fanout')

message = "info: Hello World!"
channel.basic_publish(exchange='logs', routing_key='', body=message)
print(" [x] Sent %r" % message)
connection.close()
