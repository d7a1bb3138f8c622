// What RabbitMQ says to arguments of queues that it does not take, and to the limits of virtual
// hosts, users and messages. [RabbitMQ: rabbit_amqqueue.erl check_arguments, rabbit_queue_type.erl]
import { call, type ErrorCase, publish } from '../support/error-case.ts'
import type { Values } from '../support/raw-codec.ts'

const precondition = (
  title: string,
  text: string,
  steps: Pick<ErrorCase, 'given' | 'when' | 'login'>,
): ErrorCase => ({
  title,
  code: 406,
  text: `PRECONDITION_FAILED - ${text}`,
  closes: 'channel',
  ...steps,
})

const values: readonly (readonly [args: Values, argument: string, reason: string])[] = [
  [{ 'x-message-ttl': -1 }, 'x-message-ttl', '{value_negative,-1}'],
  [{ 'x-message-ttl': 'abc' }, 'x-message-ttl', '"expected integer, got longstr"'],
  [{ 'x-message-ttl': ['d', 5.5] }, 'x-message-ttl', '"expected integer, got double"'],
  [{ 'x-message-ttl': true }, 'x-message-ttl', '"expected integer, got bool"'],
  [{ 'x-message-ttl': ['l', 315_360_000_001] }, 'x-message-ttl', '{value_too_large,315360000001}'],
  [{ 'x-expires': 0 }, 'x-expires', '{value_zero,0}'],
  [{ 'x-expires': -1 }, 'x-expires', '{value_negative,-1}'],
  [{ 'x-expires': 'abc' }, 'x-expires', '"expected integer, got longstr"'],
  [{ 'x-max-length': -1 }, 'x-max-length', '{value_negative,-1}'],
  [{ 'x-max-length': 'a' }, 'x-max-length', '"expected integer, got longstr"'],
  [{ 'x-max-length-bytes': -5 }, 'x-max-length-bytes', '{value_negative,-5}'],
  [{ 'x-overflow': 'bogus' }, 'x-overflow', 'invalid_overflow'],
  [{ 'x-overflow': 5 }, 'x-overflow', '{unacceptable_type,signedint}'],
  [
    { 'x-dead-letter-routing-key': 'k' },
    'x-dead-letter-routing-key',
    'routing_key_but_no_dlx_defined',
  ],
  [
    { 'x-dead-letter-exchange': 'x', 'x-dead-letter-routing-key': 5 },
    'x-dead-letter-routing-key',
    '{unacceptable_type,signedint}',
  ],
  [{ 'x-max-priority': 256 }, 'x-max-priority', '{max_value_exceeded,256}'],
  [{ 'x-max-priority': -1 }, 'x-max-priority', '{value_negative,-1}'],
  [{ 'x-max-priority': 'a' }, 'x-max-priority', '"expected integer, got longstr"'],
  [{ 'x-queue-type': 'bogus' }, 'x-queue-type', '"unsupported queue type \'bogus\'"'],
  [{ 'x-queue-type': 5 }, 'x-queue-type', '{unacceptable_type,signedint}'],
  [
    { 'x-single-active-consumer': 'yes' },
    'x-single-active-consumer',
    '{unacceptable_type,longstr}',
  ],
]

const declare = (args: Values, rest: Values = {}): ErrorCase['when'] =>
  call('queue.declare', { queue: 'arguments', arguments: args, ...rest })

const queueArguments: readonly ErrorCase[] = [
  ...values.map(([args, argument, reason]) =>
    precondition(
      `queue with ${JSON.stringify(args)}`,
      `invalid arg '${argument}' for queue 'arguments' in vhost '/': ${reason}`,
      { when: declare(args) },
    ),
  ),
  precondition(
    'queue with a dead letter exchange that is not a string',
    "invalid type 'signedint' for arg 'x-dead-letter-exchange' in queue 'arguments' in vhost '/'",
    { when: declare({ 'x-dead-letter-exchange': 5 }) },
  ),
  ...(
    [
      [{ durable: false }, 'non-durable'],
      [{ durable: true, exclusive: true }, 'exclusive-owner'],
    ] as const
  ).map(([rest, property]) =>
    precondition(
      `quorum queue with ${JSON.stringify(rest)}`,
      `invalid property '${property}' for queue 'arguments' in vhost '/'`,
      { when: declare({ 'x-queue-type': 'quorum' }, rest) },
    ),
  ),
  precondition(
    'quorum queue without a name',
    'Cannot declare a server-named queue for type rabbit_quorum_queue',
    { when: declare({ 'x-queue-type': 'quorum' }, { queue: '', durable: true }) },
  ),
]

const small = { user: 'guest', password: 'guest', vhost: 'small' } as const
const limits: readonly ErrorCase[] = [
  precondition(
    'more queues than the virtual host may have',
    "cannot declare queue 'second': queue limit in vhost 'small' (1) is reached",
    {
      login: small,
      given: [call('queue.declare', { queue: 'first', exclusive: true })],
      when: call('queue.declare', { queue: 'second', exclusive: true }),
    },
  ),
  precondition(
    'message above the limit',
    'message size 2000001 is larger than configured max size 2000000',
    { when: publish({ routingKey: 'nowhere' }, {}, 'x'.repeat(2_000_001)) },
  ),
]

/** Grouped as docs/compatibility.md lists them. */
export const argumentErrors: Readonly<Record<string, readonly ErrorCase[]>> = {
  'arguments of queues': queueArguments,
  limits,
}
