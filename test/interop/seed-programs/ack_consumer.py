# 消费者


import pika, sys, os


def main():
    credentials = pika.PlainCredentials("admin", "123456")
    connection = pika.BlockingConnection(pika.ConnectionParameters('139.9.67.5', 5673, credentials=credentials))
    channel = connection.channel()
    
    channel.queue_declare(queue='hello')
    
    def callback(ch, method, properties, body):
        print(" [x] Received %r" % body)
        # 真正的消息处理完了,再发确认
        ch.basic_ack(delivery_tag=method.delivery_tag)
            ## auto_ack=True,队列收到确认,就会自动把消费过的消息删除
    channel.basic_consume(queue='lqz', on_message_callback=callback, auto_ack=False)
    
    channel.start_consuming()


if __name__ == '__main__':
    main()
