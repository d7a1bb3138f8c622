"""What applications do with kombu itself, without Celery: declarations, pools, retries, compression."""

import socket
import sys

from kombu import Connection, Consumer, Exchange, Queue

exchange = Exchange("kombu-exchange", type="topic", durable=True)
queue = Queue(
    "kombu-queue",
    exchange,
    routing_key="kombu.#",
    max_priority=5,
    message_ttl=60,
    queue_arguments={"x-dead-letter-exchange": ""},
)
received = []


def on_message(body, message):
    if body["number"] == 3 and not message.delivery_info["redelivered"]:
        message.requeue()
        return
    received.append(body["number"])
    message.ack()


with Connection(sys.argv[1], heartbeat=5) as connection:
    # This is how kombu decides whether basic.qos means the channel or the consumer.
    assert connection.connection.server_properties["product"] == "RabbitMQ"
    with connection.Producer() as producer:
        for number in range(50):
            producer.publish(
                {"number": number},
                exchange=exchange,
                routing_key="kombu.number",
                declare=[queue],
                compression="zlib",
                serializer="json",
                retry=True,
            )
    with Consumer(connection, [queue], callbacks=[on_message], prefetch_count=10) as consumer:
        while len(received) < 50:
            connection.drain_events(timeout=5)
        # The prefetch of a living consumer is changed, as Celery does for tasks with a countdown.
        consumer.qos(prefetch_count=1, apply_global=True)
    assert sorted(received) == list(range(50)), received

    simple = connection.SimpleQueue("kombu-simple")
    simple.put({"simple": True})
    message = simple.get(timeout=5)
    assert message.payload == {"simple": True}
    message.ack()
    try:
        simple.get(timeout=0.1)
        sys.exit("the queue should be empty")
    except simple.Empty:
        pass
    simple.close()
    try:
        connection.drain_events(timeout=0.1)
    except socket.timeout:
        pass
    channel = connection.channel()
    for name in ("kombu-queue", "kombu-simple"):
        channel.queue_delete(name)
    channel.exchange_delete("kombu-exchange")
    channel.exchange_delete("kombu-simple")
print("kombu is content")
