# xml是python自带的框架 借助于xml 数据量大比较慢

### 服务端
from xmlrpc.server import SimpleXMLRPCServer


class RPCServer(object):
    
    def __init__(self):
        super(RPCServer, self).__init__()
        print(self)
        self.send_data = {'server:' + str(i): i for i in range(100)}
        self.recv_data = None
    
    # 获取数据
    def getObj(self):
        print('get data')
        return self.send_data
    # 发送数据
    def sendObj(self, data):
        print('send data')
        self.recv_data = data
        print(self.recv_data)


# SimpleXMLRPCServer
# 监听地址方便别人访问
server = SimpleXMLRPCServer(('localhost', 4242), allow_none=True)
server.register_introspection_functions()

# 需要传入类对象,如果写的是函数就把函数的内存地址传过去
server.register_instance(RPCServer())

# 服务端需要一会服务等待调用
server.serve_forever()
