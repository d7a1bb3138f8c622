"""What asyncio applications do with aio-pika: confirms, prefetch, dead letters, priorities, RPC."""

import asyncio
import sys

import aio_pika
from aio_pika.exceptions import ChannelPreconditionFailed, DeliveryError
from aio_pika.patterns import RPC

MESSAGES = 300


async def confirms_and_consuming(connection):
    channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
    await channel.set_qos(prefetch_count=20)
    queue = await channel.declare_queue("aio-pika", durable=True)
    for number in range(MESSAGES):
        message = aio_pika.Message(str(number).encode(), headers={"number": number})
        await channel.default_exchange.publish(message, routing_key=queue.name)
    try:
        await channel.default_exchange.publish(aio_pika.Message(b"x"), "nobody", mandatory=True)
        sys.exit("the unroutable message was not returned")
    except DeliveryError:
        pass
    received = []
    async with queue.iterator() as messages:
        async for message in messages:
            if len(received) == 5 and not message.redelivered:
                await message.reject(requeue=True)
                continue
            assert message.headers["number"] == int(message.body)
            received.append(int(message.body))
            await message.ack()
            if len(received) == MESSAGES:
                break
    assert sorted(received) == list(range(MESSAGES))
    await queue.delete()


async def dead_letters_and_priorities(connection):
    channel = await connection.channel()
    grave = await channel.declare_queue("aio-pika-grave", exclusive=True)
    arguments = {
        "x-max-priority": 5,
        "x-message-ttl": 60000,
        "x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": grave.name,
    }
    queue = await channel.declare_queue("aio-pika-work", exclusive=True, arguments=arguments)
    for priority in (1, 5, 3):
        message = aio_pika.Message(b"%d" % priority, priority=priority)
        await channel.default_exchange.publish(message, routing_key=queue.name)
    for expected in (b"5", b"3", b"1"):
        message = await queue.get(timeout=5)
        assert message.body == expected, message.body
        await message.reject(requeue=False)
    dead = await grave.get(timeout=5)
    death = dead.headers["x-death"][0]
    assert (dead.body, death["queue"], death["reason"]) == (b"5", queue.name, "rejected"), death
    assert death["count"] == 1, death


async def errors_and_calls(connection):
    channel = await connection.channel()
    await channel.declare_queue("aio-pika-error", exclusive=True)
    try:
        await channel.declare_queue("aio-pika-error", exclusive=True, auto_delete=True)
        sys.exit("the inequivalent declaration was accepted")
    except ChannelPreconditionFailed:
        pass

    async def multiply(*, x, y):
        return x * y

    rpc = await RPC.create(await connection.channel())
    await rpc.register("multiply", multiply, auto_delete=True)
    assert await rpc.proxy.multiply(x=6, y=7) == 42


async def main():
    connection = await aio_pika.connect_robust(sys.argv[1])
    async with connection:
        await confirms_and_consuming(connection)
        await dead_letters_and_priorities(connection)
        await errors_and_calls(connection)
    print("aio-pika is content")


asyncio.run(asyncio.wait_for(main(), 60))
