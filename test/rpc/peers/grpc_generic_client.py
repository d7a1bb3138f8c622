# Calls a Warren service that has no .proto, with nothing but struct.proto.
import sys
import threading
import time

import grpc
from google.protobuf import struct_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from google.protobuf.descriptor_pool import DescriptorPool

channel = grpc.insecure_channel('127.0.0.1:' + sys.argv[1])
service = '/rpc.Sample/'


def to_list(args):
    message = struct_pb2.ListValue()
    message.extend(args)
    return message


def method(kind, name):
    return getattr(channel, kind)(
        service + name,
        request_serializer=struct_pb2.ListValue.SerializeToString,
        response_deserializer=struct_pb2.Value.FromString)


def call(name, *args, **options):
    return method('unary_unary', name)(to_list(args), timeout=10, **options)


assert call('add', 2, 3).number_value == 5
assert call('nothing').WhichOneof('kind') == 'null_value'
value = call('echo', {'a': [1, True, None, 'gr\u00fc\u00dfe', {'b': {}}], 'c': -1.5})
assert dict(value.struct_value) is not None
assert value.struct_value['c'] == -1.5 and list(value.struct_value['a'])[3] == 'gr\u00fc\u00dfe', value
big = {str(i): i for i in range(100)}
assert dict(call('echo', big).struct_value) == big

items = [v.number_value for v in method('unary_stream', 'count')(to_list([2500]), timeout=10)]
assert items == list(range(2500))
assert [v for v in method('unary_stream', 'count')(to_list([0]), timeout=10)] == []


def code_of(run):
    try:
        run()
    except grpc.RpcError as error:
        return error.code().name, error.details()
    assert False, 'no error'


assert code_of(lambda: call('nope'))[0] == 'UNIMPLEMENTED'
assert code_of(lambda: call('fail')) == ('UNKNOWN', 'out of the question')
assert code_of(lambda: call('refuse')) == ('FAILED_PRECONDITION', 'not now')
assert code_of(lambda: call('add', 1, 2, 3))[0] == 'INVALID_ARGUMENT'
start = time.time()
assert code_of(lambda: method('unary_unary', 'sleep')(to_list([20000]), timeout=0.2))[0] == 'DEADLINE_EXCEEDED'
assert time.time() - start < 5
assert call('meta', 'x-user', metadata=(('x-user', 'ada'),)).string_value == 'ada'
seen = []
try:
    for v in method('unary_stream', 'failingStream')(to_list([3]), timeout=10):
        seen.append(v.number_value)
    assert False
except grpc.RpcError as error:
    assert seen == [0, 1, 2] and error.details() == 'the stream broke', (seen, error)

pending = method('unary_unary', 'sleep').future(to_list([20000]))
threading.Timer(0.2, pending.cancel).start()
try:
    pending.result()
    assert False
except grpc.FutureCancelledError:
    pass
endless = method('unary_stream', 'endless')(to_list([]))
next(endless)
endless.cancel()

health = health_pb2_grpc.HealthStub(channel)
for name in ('', 'rpc.Sample'):
    assert health.Check(health_pb2.HealthCheckRequest(service=name)).status == 1
assert code_of(lambda: health.Check(health_pb2.HealthCheckRequest(service='nope')))[0] == 'NOT_FOUND'
database = ProtoReflectionDescriptorDatabase(channel)
assert 'rpc.Sample' in database.get_services(), database.get_services()
described = DescriptorPool(database).FindServiceByName('rpc.Sample')
methods = {m.name: m for m in described.methods}
assert methods['add'].input_type.full_name == 'google.protobuf.ListValue', methods
assert methods['count'].server_streaming and not methods['add'].server_streaming
print('all equal')
