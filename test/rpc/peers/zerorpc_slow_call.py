# Begins a call and waits; the test ends this process in the middle of it.
import sys

import zerorpc

client = zerorpc.Client(heartbeat=float(sys.argv[2]))
client.connect('tcp://127.0.0.1:' + sys.argv[1])
client.sleep(60000)
