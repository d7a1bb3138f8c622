"""Takes messages from "hello" and never confirms them: when it ends, they are delivered again."""

import pika

from address import host, password, port, user


def main():
    credentials = pika.PlainCredentials(user, password)
    connection = pika.BlockingConnection(pika.ConnectionParameters(host, port, credentials=credentials))
    channel = connection.channel()

    channel.queue_declare(queue='hello')

    def callback(ch, method, properties, body):
        print(" [x] Received %r" % body)

    # channel.basic_consume(queue='hello', on_message_callback=callback, auto_ack=True)
    channel.basic_consume(queue='hello', on_message_callback=callback, auto_ack=False)

    channel.start_consuming()


if __name__ == '__main__':
    main()
