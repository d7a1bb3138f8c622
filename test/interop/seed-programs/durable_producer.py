# 生产者
import pika

# 用docker拉起需要用户名密码
credentials = pika.PlainCredentials(username="admin", password="123456")
# 建立连接,拿到连接对象
connection = pika.BlockingConnection(pika.ConnectionParameters(host='139.9.67.5', port=5673, credentials=credentials))

# 拿到channel对象
channel = connection.channel()

# 声明一个队列
channel.queue_declare(queue="Two", durable=True)  # 指定队列名字

# 生产者向队列中放一条消息
for i in range(3):
    channel.basic_publish(exchange="",
                          routing_key="Two",  # 队列名字
                          body=b"Two",
                          properties=pika.BasicProperties(
                              delivery_mode=2,  # 消息持久化
                          ))

print("Sent Two")

connection.close()
