"""What applications do with pika: confirms, returns, consuming, giving back, errors, heartbeats."""

import sys

import pika
from pika.exceptions import ChannelClosedByBroker, UnroutableError

MESSAGES = 300
parameters = pika.URLParameters(sys.argv[1])
parameters.heartbeat = 5
connection = pika.BlockingConnection(parameters)
assert connection.basic_nack_supported
assert connection.consumer_cancel_notify_supported
assert connection.exchange_exchange_bindings_supported
assert connection.publisher_confirms_supported

channel = connection.channel()
channel.confirm_delivery()
channel.queue_declare("python-pika", durable=True, arguments={"x-message-ttl": 60000})
headers = {"text": "grün", "number": 7, "big": 2**40, "yes": True, "list": [1, "two"], "none": None}
for number in range(MESSAGES):
    channel.basic_publish(
        "",
        "python-pika",
        str(number).encode(),
        pika.BasicProperties(headers=headers, delivery_mode=2, priority=3, expiration="60000"),
        mandatory=True,
    )
try:
    channel.basic_publish("", "nobody-has-this-queue", b"x", mandatory=True)
    sys.exit("the unroutable message was not returned")
except UnroutableError as error:
    assert error.messages[0].method.reply_text == "NO_ROUTE", error

method, properties, body = channel.basic_get("python-pika")
assert (body, method.message_count) == (b"0", MESSAGES - 1), (body, method)
assert properties.headers == headers, properties.headers
assert (properties.delivery_mode, properties.priority, properties.expiration) == (2, 3, "60000")
channel.basic_nack(method.delivery_tag, requeue=True)

channel.basic_qos(prefetch_count=30)
received = []
for method, properties, body in channel.consume("python-pika", inactivity_timeout=10):
    assert method is not None, "nothing came for ten seconds"
    assert method.redelivered == (body == b"0"), (method, body)
    received.append(int(body))
    # Every tenth acknowledges all up to itself.
    if len(received) % 10 == 0:
        channel.basic_ack(method.delivery_tag, multiple=True)
    if len(received) == MESSAGES:
        break
channel.cancel()
assert received == list(range(MESSAGES)), received
assert channel.queue_declare("python-pika", passive=True).method.message_count == 0

doomed = connection.channel()
try:
    doomed.queue_declare("python-pika", durable=False)
    sys.exit("the inequivalent declaration was accepted")
except ChannelClosedByBroker as error:
    assert error.reply_code == 406, error
    assert error.reply_text.startswith("PRECONDITION_FAILED - inequivalent arg 'durable'"), error

transaction = connection.channel()
transaction.tx_select()
transaction.basic_publish("", "python-pika", b"committed")
transaction.tx_commit()
transaction.basic_publish("", "python-pika", b"rolled back")
transaction.tx_rollback()
assert transaction.queue_purge("python-pika").method.message_count == 1

# Sleeping and waking through several heartbeats.
connection.sleep(0.2)
channel.queue_delete("python-pika")
connection.close()
print("pika is content")
