"""Publishes one message with the routing key given, or "lqz.dd"."""

import sys

import pika

from address import host, password, port, user

credentials = pika.PlainCredentials(user, password)
connection = pika.BlockingConnection(pika.ConnectionParameters(host, port, credentials=credentials))
channel = connection.channel()

# No queue is named here, only the exchange
channel.exchange_declare(exchange='m3', exchange_type='topic')

routing_key = sys.argv[1] if len(sys.argv) > 1 else 'lqz.dd'
message = "info: asdfasdfasdfsadfasdf World!"
channel.basic_publish(exchange='m3', routing_key=routing_key, body=message)
print(" [x] Sent %r" % message)
connection.close()
