# Calls fib through the gateways of all protocols at once, with the usual client of each.
# Usage: four_callers.py xml-rpc-port zerorpc-port json-rpc-port grpc-port user password
import subprocess
import sys
import threading
from xmlrpc.client import Fault, ProtocolError, ServerProxy

import grpc
from google.protobuf import struct_pb2

xml_port, zero_port, json_port, grpc_port, user, password = sys.argv[1:]
count = 20
expected = [0, 1, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233, 377, 610, 987, 1597, 2584, 4181]
failures = []


def by_xml_rpc():
    proxy = ServerProxy('http://%s:%s@127.0.0.1:%s' % (user, password, xml_port))
    assert [proxy.fib(n) for n in range(count)] == expected
    assert 'fib' in proxy.system.listMethods()
    try:
        proxy.fib(1, 2)
        raise AssertionError('two arguments were taken')
    except Fault as fault:
        assert fault.faultCode == -32602, fault
    try:
        ServerProxy('http://%s:wrong@127.0.0.1:%s' % (user, xml_port)).fib(1)
        raise AssertionError('a wrong password was taken')
    except ProtocolError as error:
        assert error.errcode == 401, error


def by_json_rpc():
    for n in range(count):
        body = '{"jsonrpc":"2.0","id":%d,"method":"fib","params":[%d]}' % (n, n)
        answer = subprocess.check_output([
            'curl', '--silent', '--show-error', '--user', user + ':' + password,
            '--header', 'content-type: application/json', '--data', body,
            'http://127.0.0.1:%s/' % json_port])
        assert answer.decode() == '{"jsonrpc":"2.0","result":%d,"id":%d}' % (expected[n], n), answer


def by_grpc():
    import base64
    channel = grpc.insecure_channel('127.0.0.1:' + grpc_port)
    fib = channel.unary_unary(
        '/rpc.Gateway/fib',
        request_serializer=struct_pb2.ListValue.SerializeToString,
        response_deserializer=struct_pb2.Value.FromString)
    token = base64.b64encode((user + ':' + password).encode()).decode()
    metadata = [('authorization', 'Basic ' + token)]

    def call(n, **options):
        message = struct_pb2.ListValue()
        message.extend([n])
        return fib(message, timeout=20, **options).number_value

    assert [call(n, metadata=metadata) for n in range(count)] == expected
    try:
        call(1, metadata=[('authorization', 'Basic ' + base64.b64encode(b'admin:wrong').decode())])
        raise AssertionError('a wrong password was taken')
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.UNAUTHENTICATED, error
    channel.close()


def guarded(target):
    try:
        target()
    except BaseException as error:
        failures.append('%s: %r' % (target.__name__, error))


threads = [threading.Thread(target=guarded, args=(target,))
           for target in (by_xml_rpc, by_json_rpc, by_grpc)]
for thread in threads:
    thread.start()

# gevent, which zerorpc lives in, wants the main thread.
import zerorpc


def by_zerorpc():
    client = zerorpc.Client()
    client.connect('tcp://127.0.0.1:' + zero_port)
    assert [client.fib(n) for n in range(count)] == expected
    try:
        client.fib(1, 2)
        raise AssertionError('two arguments were taken')
    except zerorpc.RemoteError as error:
        assert 'one argument' in error.msg, repr(error)
    client.close()


guarded(by_zerorpc)
for thread in threads:
    thread.join()
assert not failures, failures
print('all equal')
