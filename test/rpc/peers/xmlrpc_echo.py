# A server of Python's standard library that says what it understood.
import sys
from xmlrpc.client import Fault
from xmlrpc.server import SimpleXMLRPCServer


class Echo(object):
    def echo(self, value):
        return value

    def understood(self, value):
        return '%s %r' % (type(value).__name__, value)

    def add(self, a, b):
        """Adds two numbers."""
        return a + b

    def value_error(self):
        raise ValueError('bad <value>')

    def fault(self):
        raise Fault(42, 'the answer')


server = SimpleXMLRPCServer(('127.0.0.1', int(sys.argv[1])), allow_none=True,
                            use_builtin_types=True, logRequests=False)
server.register_introspection_functions()
server.register_multicall_functions()
server.register_instance(Echo())
server.serve_forever()
