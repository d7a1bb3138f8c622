# 消费者


import pika, sys, os


def main():
    credentials = pika.PlainCredentials("admin", "123456")
    connection = pika.BlockingConnection(pika.ConnectionParameters('139.9.67.5', 5673, credentials=credentials))
    channel = connection.channel()
    
    channel.queue_declare(queue='hello')
    
    def callback(ch, method, properties, body):
        print(" [x] Received %r" % body)
    
    # auto_ack=True消息队列收到确认就会把消费过的消息删除,但是一般不这样使用,接收到就确认,消费成功与否未知
    # channel.basic_consume(queue='hello', on_message_callback=callback, auto_ack=True)
    # 如果是false不会自动确认消息
    channel.basic_consume(queue='First', on_message_callback=callback, auto_ack=False)
    
    channel.start_consuming()


if __name__ == '__main__':
    main()
