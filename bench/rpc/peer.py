# The Python end of the RPC benchmark: servers, and clients that print {"calls", "seconds"} as JSON.
# KIND is xmlrpc, zerorpc or pika; WHERE a port, or the URL of a broker.
# Usage: peer.py serve KIND WHERE
#        peer.py call KIND WHERE getObj|sendObj|echo IN_FLIGHT SECONDS
#        peer.py seed KIND WHERE CALLS     so many getObj, then as many sendObj
#        peer.py get KIND WHERE CALLS      so many getObj
import json
import sys
import time

DATA = {'client:' + str(i): i for i in range(100)}
TEXT = 'x' * 100


class RPCServer(object):
    def __init__(self):
        self.send_data = {'server:' + str(i): i for i in range(100)}
        self.recv_data = None

    def getObj(self):
        return self.send_data

    def sendObj(self, data):
        self.recv_data = data

    def echo(self, value):
        return value


def serve_xmlrpc(port):
    from xmlrpc.server import SimpleXMLRPCServer
    # Of its five places for connections that wait, 32 clients would lose seconds.
    SimpleXMLRPCServer.request_queue_size = 128
    server = SimpleXMLRPCServer(('localhost', int(port)), allow_none=True, logRequests=False)
    server.register_introspection_functions()
    server.register_instance(RPCServer())
    print('ready', flush=True)
    server.serve_forever()


def serve_zerorpc(port):
    import zerorpc
    server = zerorpc.Server(RPCServer())
    server.bind('tcp://127.0.0.1:' + port)
    print('ready', flush=True)
    server.run()


def serve_pika(url):
    import pika
    channel = pika.BlockingConnection(pika.URLParameters(url)).channel()
    channel.queue_declare(queue='rpc_bench_pika')
    service = RPCServer()

    def on_request(ch, method, props, body):
        name, args = json.loads(body)
        body = json.dumps(getattr(service, name)(*args))
        ch.basic_publish(exchange='', routing_key=props.reply_to,
                         properties=pika.BasicProperties(correlation_id=props.correlation_id), body=body)
        ch.basic_ack(delivery_tag=method.delivery_tag)

    channel.basic_qos(prefetch_count=1)
    channel.basic_consume(queue='rpc_bench_pika', on_message_callback=on_request)
    print('ready', flush=True)
    channel.start_consuming()


def arguments(method):
    return {'getObj': (), 'sendObj': (DATA,), 'echo': (TEXT,)}[method]


def timed(run, seconds):
    calls, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        for _ in range(10):
            run()
        calls += 10
    return calls, time.perf_counter() - start


def call_xmlrpc(port, method, in_flight, seconds):
    import threading
    from xmlrpc.client import ServerProxy
    args = arguments(method)
    totals = []

    def work():
        proxy = ServerProxy('http://localhost:' + port, allow_none=True)
        call = getattr(proxy, method)
        call(*args)
        totals.append(timed(lambda: call(*args), seconds))

    threads = [threading.Thread(target=work) for _ in range(in_flight)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(calls for calls, _ in totals), max(took for _, took in totals)


def call_zerorpc(port, method, in_flight, seconds):
    import gevent
    import zerorpc
    client = zerorpc.Client()
    client.connect('tcp://127.0.0.1:' + port)
    args = arguments(method)
    client(method, *args)
    work = [gevent.spawn(timed, lambda: client(method, *args), seconds) for _ in range(in_flight)]
    gevent.joinall(work)
    return sum(each.value[0] for each in work), max(each.value[1] for each in work)


def pika_caller(url):
    import uuid
    import pika
    connection = pika.BlockingConnection(pika.URLParameters(url))
    channel = connection.channel()
    queue = channel.queue_declare(queue='', exclusive=True).method.queue
    state = {}

    def on_response(ch, method, props, body):
        if props.correlation_id == state['id']:
            state['response'] = body

    channel.basic_consume(queue=queue, on_message_callback=on_response, auto_ack=True)

    def call(method, *args):
        state['id'], state['response'] = str(uuid.uuid4()), None
        properties = pika.BasicProperties(reply_to=queue, correlation_id=state['id'])
        channel.basic_publish(exchange='', routing_key='rpc_bench_pika', properties=properties,
                              body=json.dumps([method, args]))
        while state['response'] is None:
            connection.process_data_events(time_limit=None)
        return json.loads(state['response'])

    return call


def call_pika(url, method, in_flight, seconds):
    call, args = pika_caller(url), arguments(method)
    call(method, *args)
    return timed(lambda: call(method, *args), seconds)


def caller(kind, where):
    if kind == 'pika':
        return pika_caller(where)
    if kind == 'xmlrpc':
        from xmlrpc.client import ServerProxy
        proxy = ServerProxy('http://localhost:' + where, allow_none=True)
        return lambda method, *args: getattr(proxy, method)(*args)
    import zerorpc
    client = zerorpc.Client()
    client.connect('tcp://127.0.0.1:' + where)
    return client


def seed(call, calls):
    start = time.perf_counter()
    for _ in range(calls):
        call('getObj')
    for _ in range(calls):
        call('sendObj', DATA)
    return 2 * calls, time.perf_counter() - start


def get(call, calls):
    start = time.perf_counter()
    for _ in range(calls):
        call('getObj')
    return calls, time.perf_counter() - start


mode, kind, where = sys.argv[1:4]
if mode == 'serve':
    {'xmlrpc': serve_xmlrpc, 'zerorpc': serve_zerorpc, 'pika': serve_pika}[kind](where)
else:
    if mode == 'call':
        run = {'xmlrpc': call_xmlrpc, 'zerorpc': call_zerorpc, 'pika': call_pika}[kind]
        count, took = run(where, sys.argv[4], int(sys.argv[5]), float(sys.argv[6]))
    else:
        count, took = {'seed': seed, 'get': get}[mode](caller(kind, where), int(sys.argv[4]))
    print(json.dumps({'calls': count, 'seconds': took}))
