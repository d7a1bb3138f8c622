# libzmq as the other end of Warren's own ZMTP.
# Usage: zmtp_peer.py client PORT   against a ROUTER that echoes; prints "all well"
#        zmtp_peer.py echo PORT     a ROUTER that echoes, with heartbeats
import sys

import zmq

mode, port = sys.argv[1:3]
context = zmq.Context()
address = 'tcp://127.0.0.1:' + port


def opened(kind, **options):
    socket = context.socket(kind)
    # A ROUTER drops what is beyond its limit, when the other side reads slowly.
    socket.set_hwm(0)
    socket.linger = 0
    socket.rcvtimeo = 20000
    for name, value in options.items():
        setattr(socket, name, value)
    return socket


if mode == 'echo':
    router = opened(zmq.ROUTER, heartbeat_ivl=20, heartbeat_ttl=2000, rcvtimeo=-1)
    router.bind(address)
    print('ready', flush=True)
    while True:
        router.send_multipart(router.recv_multipart())

samples = [
    [b'x'],
    [b'', b'payload'],
    [b'', b''],
    [b'a' * 255, b'b' * 256, b'c' * 70000],
    [bytes([i]) for i in range(20)],
    [b'z' * 3000000],
]
dealer = opened(zmq.DEALER, heartbeat_ivl=20, heartbeat_timeout=5000, heartbeat_ttl=2000)
dealer.connect(address)
for sample in samples:
    dealer.send_multipart(sample)
    assert dealer.recv_multipart() == sample, sample[0][:20]

# Many under way: in order, none lost.
for i in range(5000):
    dealer.send_multipart([b'', b'%d' % i])
for i in range(5000):
    assert dealer.recv_multipart() == [b'', b'%d' % i]

# Heartbeats keep an idle connection; a lost one would show as a second connection.
monitor = dealer.get_monitor_socket(zmq.EVENT_DISCONNECTED)
assert monitor.poll(400) == 0
dealer.disable_monitor()
dealer.send(b'still there')
assert dealer.recv() == b'still there'

named = opened(zmq.DEALER, identity=b'my name')
named.connect(address)
named.send(b'x')
assert named.recv() == b'x'

request = opened(zmq.REQ)
request.connect(address)
request.send(b'question')
assert request.recv() == b'question'

# A socket that cannot talk to a ROUTER never gets an answer, and harms nobody.
other = opened(zmq.SUB)
other.subscribe(b'')
other.connect(address)
assert other.poll(200) == 0
dealer.send(b'and now')
assert dealer.recv() == b'and now'
print('all well')
context.destroy(linger=0)
