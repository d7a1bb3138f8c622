# Calls the service of zerorpc_server.py, or the same one served by Warren.
# Usage: zerorpc_client.py [host] [port]
import sys
import time

import zerorpc

host = sys.argv[1] if len(sys.argv) > 1 else '127.0.0.1'
port = int(sys.argv[2]) if len(sys.argv) > 2 else 4243


def zerorpc_client():
    print('zerorpc client')
    c = zerorpc.Client()
    c.connect('tcp://%s:%d' % (host, port))
    data = {'client:' + str(i): i for i in range(100)}
    start = time.time()
    for i in range(500):
        a = c.getObj()
        print(a)
    for i in range(500):
        c.sendObj(data)

    print('total time %s' % (time.time() - start))


if __name__ == '__main__':
    zerorpc_client()
