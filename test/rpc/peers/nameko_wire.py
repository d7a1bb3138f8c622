# nameko's wire with nothing but pika: exchange nameko-rpc, queue rpc-SERVICE, {args, kwargs}.
# Usage: nameko_wire.py serve AMQP_URL SERVICE    answers greet(name, end='!') and fails()
#        nameko_wire.py call AMQP_URL SERVICE     calls add, named, fails, nothing; prints "all well"
import json
import sys
import uuid

import pika

mode, url, service = sys.argv[1:4]
connection = pika.BlockingConnection(pika.URLParameters(url))
channel = connection.channel()
channel.confirm_delivery()
EXCHANGE = 'nameko-rpc'
channel.exchange_declare(EXCHANGE, exchange_type='topic', durable=True)


def properties(**more):
    return pika.BasicProperties(content_type='application/json', content_encoding='utf-8',
                                delivery_mode=2, priority=0, **more)


def serve():
    def greet(name, end='!'):
        return 'Hello ' + name + end

    def fails():
        raise ValueError('on purpose')

    methods = {'greet': greet, 'fails': fails}
    queue = 'rpc-' + service
    channel.queue_declare(queue, durable=True)
    channel.queue_bind(queue, EXCHANGE, service + '.*')

    def on_request(ch, method, props, body):
        result, error = None, None
        try:
            request = json.loads(body)
            name = method.routing_key.split('.')[-1]
            if name not in methods:
                error = {'exc_type': 'MethodNotFound', 'exc_path': 'nameko.exceptions.MethodNotFound',
                         'exc_args': [name], 'value': name}
            else:
                result = methods[name](*request['args'], **request['kwargs'])
        except Exception as exc:
            kind = type(exc)
            error = {'exc_type': kind.__name__, 'exc_path': kind.__module__ + '.' + kind.__name__,
                     'exc_args': list(exc.args), 'value': str(exc)}
        ch.basic_publish(EXCHANGE, props.reply_to, json.dumps({'result': result, 'error': error}),
                         properties(correlation_id=props.correlation_id))
        ch.basic_ack(method.delivery_tag)

    channel.basic_consume(queue, on_request)
    print('ready', flush=True)
    channel.start_consuming()


def call_all():
    key = str(uuid.uuid4())
    queue = 'rpc.reply-test-' + key
    channel.queue_declare(queue, exclusive=True)
    channel.queue_bind(queue, EXCHANGE, key)

    def call(method, *args, **kwargs):
        correlation = str(uuid.uuid4())
        body = json.dumps({'args': args, 'kwargs': kwargs})
        headers = {'nameko.call_id_stack': ['standalone_rpc_proxy.call.1']}
        channel.basic_publish(EXCHANGE, service + '.' + method, body, mandatory=True,
                              properties=properties(reply_to=key, correlation_id=correlation, headers=headers))
        for _, props, answer in channel.consume(queue, inactivity_timeout=20):
            assert props is not None, 'no answer to ' + method
            assert props.correlation_id == correlation
            assert props.content_type == 'application/json' and props.content_encoding == 'utf-8'
            channel.cancel()
            return json.loads(answer)

    assert call('add', 2, 3) == {'result': 5, 'error': None}
    assert call('add', a=2, b=3) == {'result': 5, 'error': None}
    failed = call('fails')
    assert failed['result'] is None
    assert failed['error']['exc_type'] == 'RangeError', failed
    assert failed['error']['value'] == 'out of range'
    missing = call('nothing')['error']
    assert missing['exc_path'] == 'nameko.exceptions.MethodNotFound', missing
    wrong = call('add', 1, 2, 3)['error']
    assert wrong['exc_path'] == 'nameko.exceptions.IncorrectSignature', wrong
    try:
        channel.basic_publish(EXCHANGE, 'nobody.add', b'{}', mandatory=True, properties=properties())
        assert False, 'an unknown service took a request'
    except pika.exceptions.UnroutableError:
        pass
    print('all well')


serve() if mode == 'serve' else call_all()
