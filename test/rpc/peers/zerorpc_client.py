# Drives a Warren server with the reference implementation's client.
import sys

import zerorpc

address = 'tcp://127.0.0.1:' + sys.argv[1]
client = zerorpc.Client()
client.connect(address)

same = [None, True, False, 0, -1, 127, 128, 65536, 2 ** 31, 2 ** 40, -2 ** 40, 2 ** 53 + 1, -2 ** 63, 2 ** 64 - 1,
        1.5, '', 'gr\u00fc\u00dfe \u4e16\u754c \U0001f407', b'', b'\x00\xff', [], [1, [2, [3]]],
        {}, {'a': {'b': [None, 1.25]}}, {str(i): i for i in range(100)}]
for value in same:
    back = client.echo(value)
    assert back == value and type(back) is type(value), (value, back)

assert client.add(2, 3) == 5
assert client.nothing() is None
for name in ('nope', '_hidden', 'constructor', 'toString'):
    try:
        client(name)
        assert False, name
    except zerorpc.RemoteError as error:
        assert (error.name, error.msg) == ('NameError', name), (error.name, error.msg)
try:
    client.fail()
    assert False
except zerorpc.RemoteError as error:
    assert (error.name, error.msg) == ('RangeError', 'out of the question'), (error.name, error.msg)

assert list(client.count(0)) == []
assert list(client.count(10000)) == list(range(10000))
seen = []
try:
    for item in client.failingStream(3):
        seen.append(item)
    assert False
except zerorpc.RemoteError as error:
    assert seen == [0, 1, 2] and error.name == 'RangeError', (seen, error)

assert client._zerorpc_ping() == ['pong', 'Sample']
assert 'add' in client._zerorpc_list()
assert client._zerorpc_name() == 'Sample'
inspected = client._zerorpc_inspect()
assert inspected['name'] == 'Sample'
assert [a['name'] for a in inspected['methods']['add']['args']] == ['a', 'b'], inspected

# A client with a shorter heartbeat than the server's is kept alive by the echo.
quick = zerorpc.Client(heartbeat=0.4)
quick.connect(address)
assert quick.sleep(2200) == 'done'
print('all equal')
