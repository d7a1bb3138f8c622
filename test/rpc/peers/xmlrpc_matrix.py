# Sends every type to a Warren server with Python's own client and checks what comes back.
import datetime
import math
import sys
from xmlrpc.client import Fault, MultiCall, ServerProxy


proxy = ServerProxy('http://127.0.0.1:%s' % sys.argv[1], allow_none=True, use_builtin_types=True)
day = datetime.datetime(1998, 7, 17, 14, 8, 55)

same = [
    0, 1, -1, 2147483647, -2147483648, True, False, None, '', 'plain', 'gr\u00fc\u00dfe \u4e16\u754c \U0001f407',
    ' spaces ', '<&>"\'', 'tab\tnew\nline', 1.5, -0.25, 1e300, 5e-324,
    b'', b'\x00\x01\xff' * 50, day, [], [1, [2, [3, []]]], {}, {'a': 1, 'b': {'c': [None, True]}},
    {'': 'empty', '__proto__': 1, 'constructor': 2, '<&>': 3}, {str(i): i for i in range(100)},
]
for value in same:
    back = proxy.echo(value)
    assert back == value and type(back) is type(value), (value, back)
# Text without a type, and a length that Python sends compressed.
assert len(proxy.echo('x' * 100000)) == 100000
assert math.isinf(proxy.echo(float("inf"))) and math.isnan(proxy.echo(float("nan")))

assert proxy.system.listMethods() == sorted(proxy.system.listMethods())
assert 'add' in proxy.system.listMethods() and 'system.multicall' in proxy.system.listMethods()
assert proxy.system.methodHelp('add') == 'Adds two numbers.'
assert proxy.system.methodSignature('add') == 'signatures not supported'

for name in ('nope', '_hidden', '__init__', 'add.__class__', 'constructor', 'toString'):
    try:
        proxy._ServerProxy__request(name, ())
        assert False, name
    except Fault as fault:
        assert fault.faultCode == int(sys.argv[2]), (name, fault)
        if fault.faultCode == 1:
            assert fault.faultString == '<class \'Exception\'>:method "%s" is not supported' % name, fault

try:
    proxy.fails()
    assert False
except Fault as fault:
    assert 'RangeError' in fault.faultString and 'out of range' in fault.faultString, fault
try:
    proxy.faults()
    assert False
except Fault as fault:
    assert (fault.faultCode, fault.faultString) == (42, 'the answer'), fault

multi = MultiCall(proxy)
multi.add(1, 2)
multi.nope()
multi.add(3, 4)
results = multi()
assert results[0] == 3 and results[2] == 7
try:
    results[1]
    assert False
except Fault:
    pass
print('all equal')
