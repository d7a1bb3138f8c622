# A server of the reference implementation with everything that can happen to a call.
import sys
import time

import gevent
import zerorpc


class Peer(object):
    def add(self, a, b):
        """Adds two numbers."""
        return a + b

    def echo(self, value):
        return value

    def understood(self, value):
        return '%s %r' % (type(value).__name__, value)

    def fail(self):
        raise ValueError('out of the question')

    def sleep(self, seconds):
        gevent.sleep(seconds)
        return 'done'

    def block(self, seconds):
        time.sleep(seconds)

    @zerorpc.stream
    def count(self, n):
        return iter(range(n))

    @zerorpc.stream
    def broken(self, n):
        for i in range(n):
            yield i
        raise ValueError('the stream broke')


server = zerorpc.Server(Peer(), heartbeat=float(sys.argv[2]) if len(sys.argv) > 2 else 5)
server.bind('tcp://127.0.0.1:' + sys.argv[1])
print('ready')
server.run()
