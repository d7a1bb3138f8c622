# Calls a Warren server that serves route_guide.proto.
import os
import sys

import grpc

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
messages, services = grpc.protos_and_services('route_guide.proto')
channel = grpc.insecure_channel('127.0.0.1:' + sys.argv[1])
stub = services.RouteGuideStub(channel)
Point, Distance, Note = messages.Point, messages.Distance, messages.Note

assert stub.Measure(Point(x=3, y=4), timeout=10).meters == 5
assert [p.x for p in stub.ListPoints(Distance(meters=3), timeout=10)] == [0, 1, 2]
points = (Point(x=i, y=i) for i in range(100))
assert stub.RecordRoute(points, timeout=10).meters == 100
notes = [Note(text='a', payload=b'\x00\xff'), Note(text='b')]
assert [(n.text, n.payload) for n in stub.Chat(iter(notes), timeout=10)] == [('re: a', b'\x00\xff'), ('re: b', b'')]
for run, code in ((lambda: stub.Sleep(Distance(meters=20000), timeout=0.2), 'DEADLINE_EXCEEDED'),
                  (lambda: stub.Fail(Point(), timeout=10), 'OUT_OF_RANGE')):
    try:
        run()
        assert False, code
    except grpc.RpcError as error:
        assert error.code().name == code, error
print('all equal')
