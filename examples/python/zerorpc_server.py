# A service over ZeroRPC (pip install zerorpc).
# Usage: zerorpc_server.py [host] [port]
import sys

import zerorpc

host = sys.argv[1] if len(sys.argv) > 1 else '0.0.0.0'
port = int(sys.argv[2]) if len(sys.argv) > 2 else 4243


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


s = zerorpc.Server(RPCServer())
s.bind('tcp://%s:%d' % (host, port))
s.run()
