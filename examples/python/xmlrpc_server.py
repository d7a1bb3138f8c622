# A service over XML-RPC with nothing but Python's standard library.
# Usage: xmlrpc_server.py [host] [port]
import sys
from xmlrpc.server import SimpleXMLRPCServer

host = sys.argv[1] if len(sys.argv) > 1 else 'localhost'
port = int(sys.argv[2]) if len(sys.argv) > 2 else 4242


class RPCServer(object):

    def __init__(self):
        super(RPCServer, self).__init__()
        print(self)
        self.send_data = {'server:' + str(i): i for i in range(100)}
        self.recv_data = None

    def getObj(self):
        print('get data')
        return self.send_data

    def sendObj(self, data):
        print('send data')
        self.recv_data = data
        print(self.recv_data)


server = SimpleXMLRPCServer((host, port), allow_none=True)
server.register_introspection_functions()
server.register_instance(RPCServer())
server.serve_forever()
