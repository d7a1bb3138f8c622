"""Publishes one message with the routing key given, or "bnb"."""

import sys

import pika

from address import host, password, port, user

credentials = pika.PlainCredentials(user, password)
connection = pika.BlockingConnection(pika.ConnectionParameters(host, port, credentials=credentials))
channel = connection.channel()

# No queue is named here, only the exchange
channel.exchange_declare(exchange='lqz123', exchange_type='direct')

routing_key = sys.argv[1] if len(sys.argv) > 1 else 'bnb'
message = "info: asdfasdfasdfsadfasdf World!"
channel.basic_publish(exchange='lqz123', routing_key=routing_key, body=message)
print(" [x] Sent %r" % message)
connection.close()
