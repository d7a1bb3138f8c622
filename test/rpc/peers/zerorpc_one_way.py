# The reference implementation's classes without answers.
# Usage: zerorpc_one_way.py push|pull|publish|subscribe ADDRESS
import sys

import gevent
import zerorpc

kind, address = sys.argv[1:]


class Sink(object):
    def job(self, number):
        print('job %d' % number)
        if number == 9:
            sys.exit(0)


if kind == 'push':
    pusher = zerorpc.Pusher()
    pusher.connect(address)
    for i in range(10):
        pusher.job(i)
    gevent.sleep(0.5)
elif kind == 'publish':
    publisher = zerorpc.Publisher()
    publisher.bind(address)
    print('ready')
    while True:
        for i in range(10):
            publisher.job(i)
        gevent.sleep(0.05)
else:
    sink = {'pull': zerorpc.Puller, 'subscribe': zerorpc.Subscriber}[kind](Sink())
    sink.connect(address)
    print('ready')
    sink.run()
