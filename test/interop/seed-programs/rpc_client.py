## 客户端

import pika
import uuid


class FibonacciRpcClient(object):
    
    def __init__(self):
        # 建立连接
        self.credentials = pika.PlainCredentials("admin", "123456")
        self.connection = pika.BlockingConnection(
            pika.ConnectionParameters('111', 5673, credentials=self.credentials))
        self.channel = self.connection.channel()
        # 声明了一个接受返回值的队列
        result = self.channel.queue_declare(queue='', exclusive=True)
        self.callback_queue = result.method.queue
        
        # 进行消费
        self.channel.basic_consume(
            queue=self.callback_queue,
            # 数据拿回来后,调用函数--on_response
            on_message_callback=self.on_response,
            auto_ack=True)
    
    def on_response(self, ch, method, props, body):
        # 如果收到的ID和本机生成的相同,则返回的结果就是我想要的指令返回的结果
        if self.corr_id == props.correlation_id:
            # 重新赋值,终止死循环
            self.response = body
    
    # 调用远程方法
    def call(self, n):
        self.response = None
        # 生成一个uuid 作为唯一标识作为区分
        self.corr_id = str(uuid.uuid4())
        self.channel.basic_publish(
            exchange='',
            # 消息发送队列
            routing_key='rpc_queue',
            properties=pika.BasicProperties(
                # 等到数据回来调用callback
                reply_to=self.callback_queue,
                # 指定id
                correlation_id=self.corr_id,
            ),
            body=str(n))
        # 一开始是none,等待响应完成收到返回的id也就是 on_response 有值停止
        while self.response is None:
            # 非阻塞版的start_consuming()
            self.connection.process_data_events()
        return int(self.response)


# 实例化对象
fibonacci_rpc = FibonacciRpcClient()

# 对象调用call方法,并传入参数
print(" [x] Requesting fib(30)")
response = fibonacci_rpc.call(30)  # 外界看上去,就像调用本地的call()函数一样
print(" [.] Got %r" % response)
