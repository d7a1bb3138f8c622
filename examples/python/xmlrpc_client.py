# Calls the service of xmlrpc_server.py, or the same one served by Warren.
# Usage: xmlrpc_client.py [host] [port]
import sys
import time
from xmlrpc.client import ServerProxy

host = sys.argv[1] if len(sys.argv) > 1 else 'localhost'
port = int(sys.argv[2]) if len(sys.argv) > 2 else 4242


def xmlrpc_client():
    print('xmlrpc client')
    c = ServerProxy('http://%s:%d' % (host, port))
    data = {'client:' + str(i): i for i in range(100)}
    start = time.time()
    for i in range(50):
        a = c.getObj()
        print(a)
    for i in range(50):
        c.sendObj(data)
    print('xmlrpc total time %s' % (time.time() - start))


if __name__ == '__main__':
    xmlrpc_client()
