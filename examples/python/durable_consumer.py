"""Takes messages from the durable queue "Two"."""

import pika

from address import host, password, port, user


def main():
    credentials = pika.PlainCredentials(user, password)
    connection = pika.BlockingConnection(pika.ConnectionParameters(host, port, credentials=credentials))
    channel = connection.channel()

    channel.queue_declare(queue='Two', durable=True)

    def callback(ch, method, properties, body):
        print(" [x] Received %r" % body)
        # Only when the work is done
        ch.basic_ack(delivery_tag=method.delivery_tag)

    channel.basic_consume(queue='Two', on_message_callback=callback, auto_ack=False)

    channel.start_consuming()


if __name__ == '__main__':
    main()
