"""Works 50 seconds (or WORK_SECONDS) on each message and takes no second one meanwhile."""

import os
import time

import pika

from address import host, password, port, user


def main():
    credentials = pika.PlainCredentials(user, password)
    connection = pika.BlockingConnection(pika.ConnectionParameters(host, port, credentials=credentials))
    channel = connection.channel()

    channel.queue_declare(queue='lqz')

    def callback(ch, method, properties, body):
        time.sleep(float(os.environ.get('WORK_SECONDS', 50)))
        print(" [x] Received %r" % body)
        # Only when the work is done
        ch.basic_ack(delivery_tag=method.delivery_tag)

    channel.basic_qos(prefetch_count=1)  # whoever is idle gets the next one
    channel.basic_consume(queue='lqz', on_message_callback=callback, auto_ack=False)

    channel.start_consuming()


if __name__ == '__main__':
    main()
