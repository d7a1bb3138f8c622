// Every channel exception of RabbitMQ that the core can raise: condition, code, exact text. The
// ids in channel.close are those of the method that was wrong.
// [RabbitMQ: rabbit_channel.erl, rabbit_amqqueue.erl, rabbit_exchange.erl, rabbit_misc.erl]
import { call, type ErrorCase, other, publish } from '../support/error-case.ts'

const locked = (queue: string): string =>
  `RESOURCE_LOCKED - cannot obtain exclusive access to locked queue '${queue}' in vhost '/'. It could be originally declared on another connection or the exclusive property value does not match that of the original declaration.`
const channel = (
  title: string,
  code: number,
  text: string,
  steps: Pick<ErrorCase, 'given' | 'when' | 'login' | 'ids'>,
): ErrorCase => ({ title, code, text, closes: 'channel', ...steps })

const missing: readonly ErrorCase[] = [
  ...(
    [
      ['queue.declare', { passive: true }],
      ['basic.consume', {}],
      ['basic.get', {}],
      ['queue.purge', {}],
      ['queue.bind', { exchange: 'amq.direct', routingKey: 'k' }],
    ] as const
  ).map(([name, values]) =>
    channel(`${name} of a missing queue`, 404, "NOT_FOUND - no queue 'nope' in vhost '/'", {
      when: call(name, { queue: 'nope', ...values }),
    }),
  ),
  ...(
    [
      ['exchange.declare', { exchange: 'nope', passive: true }],
      ['exchange.bind', { destination: 'nope', source: 'amq.direct' }],
      ['exchange.bind', { destination: 'amq.direct', source: 'nope' }],
      ['queue.bind', { queue: 'missing-too', exchange: 'nope' }],
    ] as const
  ).map(([name, values]) =>
    channel(
      `${name} of a missing exchange ${JSON.stringify(values)}`,
      404,
      "NOT_FOUND - no exchange 'nope' in vhost '/'",
      { when: call(name, values) },
    ),
  ),
  channel('publish to a missing exchange', 404, "NOT_FOUND - no exchange 'nope' in vhost '/'", {
    when: publish({ exchange: 'nope', routingKey: 'k' }),
  }),
  channel(
    'publish to a missing exchange within a transaction, before its commit',
    404,
    "NOT_FOUND - no exchange 'nope' in vhost '/'",
    { given: [call('tx.select')], when: publish({ exchange: 'nope', routingKey: 'k' }) },
  ),
  ...(
    [
      ['queue.purge', {}],
      ['queue.delete', {}],
      ['queue.bind', { exchange: 'amq.direct' }],
      ['queue.unbind', { exchange: 'amq.direct' }],
      ['basic.get', {}],
      ['basic.consume', {}],
    ] as const
  ).map(([name, values]) =>
    channel(
      `${name} of the last declared queue without one`,
      404,
      'NOT_FOUND - no previously declared queue',
      { when: call(name, values) },
    ),
  ),
  channel('passive declare of the empty name', 404, "NOT_FOUND - no queue '' in vhost '/'", {
    given: [call('queue.declare', { queue: '', exclusive: true })],
    when: call('queue.declare', { queue: '', passive: true }),
  }),
  channel(
    'a text of more than 255 bytes is cut',
    404,
    `NOT_FOUND - no queue '${'p'.repeat(230)}...`,
    { when: call('queue.declare', { queue: 'p'.repeat(255), passive: true }) },
  ),
]

const inequivalentQueue = (argument: string, rest: string): string =>
  `PRECONDITION_FAILED - inequivalent arg '${argument}' for queue 'inequivalent' in vhost '/': ${rest}`
const redeclaredQueues: readonly [first: object, second: object, argument: string, rest: string][] =
  [
    [{}, { durable: true }, 'durable', "received 'true' but current is 'false'"],
    [{ durable: true }, {}, 'durable', "received 'false' but current is 'true'"],
    [{}, { autoDelete: true }, 'auto_delete', "received 'true' but current is 'false'"],
    [
      { arguments: { 'x-message-ttl': 10_000 } },
      { arguments: { 'x-message-ttl': 20_000 } },
      'x-message-ttl',
      "received '20000' but current is '10000'",
    ],
    [
      { arguments: { 'x-message-ttl': 10_000 } },
      {},
      'x-message-ttl',
      "received none but current is the value '10000' of type 'signedint'",
    ],
    [
      {},
      { arguments: { 'x-max-length': 5 } },
      'x-max-length',
      "received the value '5' of type 'signedint' but current is none",
    ],
    [
      {},
      { arguments: { 'x-max-length': ['l', 5] } },
      'x-max-length',
      "received the value '5' of type 'long' but current is none",
    ],
    [
      {},
      { arguments: { 'x-dead-letter-exchange': 'a' } },
      'x-dead-letter-exchange',
      "received the value 'a' of type 'longstr' but current is none",
    ],
    [
      { durable: true },
      { durable: true, arguments: { 'x-queue-type': 'quorum' } },
      'x-queue-type',
      "received the value 'quorum' of type 'longstr' but current is none",
    ],
    [
      { arguments: { 'x-single-active-consumer': true } },
      { arguments: { 'x-single-active-consumer': false } },
      'x-single-active-consumer',
      "received 'false' but current is 'true'",
    ],
  ]

const inequivalentExchange = (argument: string, rest: string): string =>
  `PRECONDITION_FAILED - inequivalent arg '${argument}' for exchange 'inequivalent' in vhost '/': ${rest}`
const redeclaredExchanges: readonly [
  first: object,
  second: object,
  argument: string,
  rest: string,
][] = [
  [{}, { type: 'fanout' }, 'type', "received 'fanout' but current is 'direct'"],
  [{}, { durable: true }, 'durable', "received 'true' but current is 'false'"],
  [{}, { autoDelete: true }, 'auto_delete', "received 'true' but current is 'false'"],
  [{ internal: true }, {}, 'internal', "received 'false' but current is 'true'"],
  [
    { arguments: { 'alternate-exchange': 'ae' } },
    { arguments: { 'alternate-exchange': 'other' } },
    'alternate-exchange',
    "received 'other' but current is 'ae'",
  ],
  [
    { arguments: { 'alternate-exchange': 'ae' } },
    {},
    'alternate-exchange',
    "received none but current is the value 'ae' of type 'longstr'",
  ],
]

const redeclared: readonly ErrorCase[] = [
  ...redeclaredQueues.map(([first, second, argument, rest]) =>
    channel(
      `queue redeclared with another ${argument}: ${rest}`,
      406,
      inequivalentQueue(argument, rest),
      {
        given: [call('queue.declare', { queue: 'inequivalent', ...first })],
        when: call('queue.declare', { queue: 'inequivalent', ...second }),
      },
    ),
  ),
  ...redeclaredExchanges.map(([first, second, argument, rest]) =>
    channel(
      `exchange redeclared with another ${argument}: ${rest}`,
      406,
      inequivalentExchange(argument, rest),
      {
        given: [call('exchange.declare', { exchange: 'inequivalent', type: 'direct', ...first })],
        when: call('exchange.declare', { exchange: 'inequivalent', type: 'direct', ...second }),
      },
    ),
  ),
]

const exclusive: readonly ErrorCase[] = [
  ...(
    [
      ['queue.declare', { exclusive: true }],
      ['queue.declare', {}],
      ['queue.declare', { passive: true }],
      ['queue.delete', {}],
      ['queue.purge', {}],
      ['queue.bind', { exchange: 'amq.direct' }],
      ['basic.get', {}],
      ['basic.consume', {}],
    ] as const
  ).map(([name, values]) =>
    channel(
      `${name} ${JSON.stringify(values)} of another connection's exclusive queue`,
      405,
      locked('mine'),
      {
        given: [other('queue.declare', { queue: 'mine', exclusive: true })],
        when: call(name, { queue: 'mine', ...values }),
      },
    ),
  ),
  channel('own exclusive queue redeclared as not exclusive', 405, locked('mine'), {
    given: [call('queue.declare', { queue: 'mine', exclusive: true })],
    when: call('queue.declare', { queue: 'mine' }),
  }),
  channel('shared queue redeclared as exclusive', 405, locked('shared'), {
    given: [call('queue.declare', { queue: 'shared' })],
    when: call('queue.declare', { queue: 'shared', exclusive: true }),
  }),
  channel(
    'second consumer beside an exclusive one',
    403,
    "ACCESS_REFUSED - queue 'q' in vhost '/' in exclusive use",
    {
      given: [
        call('queue.declare', { queue: 'q' }),
        call('basic.consume', { queue: 'q', exclusive: true }),
      ],
      when: call('basic.consume', { queue: 'q' }),
    },
  ),
  channel(
    'exclusive consumer beside another one',
    403,
    "ACCESS_REFUSED - queue 'q' in vhost '/' in exclusive use",
    {
      given: [call('queue.declare', { queue: 'q' }), other('basic.consume', { queue: 'q' })],
      when: call('basic.consume', { queue: 'q', exclusive: true }),
    },
  ),
]

const reserved: readonly ErrorCase[] = [
  channel(
    'queue of a reserved name',
    403,
    "ACCESS_REFUSED - queue name 'amq.foo' contains reserved prefix 'amq.*'",
    { when: call('queue.declare', { queue: 'amq.foo' }) },
  ),
  channel(
    'exchange of a reserved name',
    403,
    "ACCESS_REFUSED - exchange name 'amq.foo' contains reserved prefix 'amq.*'",
    { when: call('exchange.declare', { exchange: 'amq.foo', type: 'direct' }) },
  ),
  channel(
    'passive declare of a missing queue with a reserved name',
    404,
    "NOT_FOUND - no queue 'amq.foo' in vhost '/'",
    { when: call('queue.declare', { queue: 'amq.foo', passive: true }) },
  ),
  channel(
    'passive declare of a missing exchange with a reserved name',
    404,
    "NOT_FOUND - no exchange 'amq.foo' in vhost '/'",
    { when: call('exchange.declare', { exchange: 'amq.foo', passive: true }) },
  ),
  channel(
    'system exchange redeclared with another type',
    406,
    "PRECONDITION_FAILED - inequivalent arg 'type' for exchange 'amq.direct' in vhost '/': received 'fanout' but current is 'direct'",
    { when: call('exchange.declare', { exchange: 'amq.direct', type: 'fanout', durable: true }) },
  ),
  ...['amq.direct', 'amq.rabbitmq.trace', 'amq.never-was'].map((exchange) =>
    channel(
      `deletion of ${exchange}`,
      403,
      `ACCESS_REFUSED - deletion of system exchange '${exchange}' in vhost '/' not allowed`,
      { when: call('exchange.delete', { exchange }) },
    ),
  ),
  ...(
    [
      ['exchange.declare', { exchange: '', type: 'direct' }],
      ['exchange.declare', { exchange: '', passive: true }],
      ['exchange.delete', { exchange: '' }],
      ['exchange.bind', { destination: '', source: 'amq.direct' }],
      ['exchange.bind', { destination: 'amq.direct', source: '' }],
      ['exchange.unbind', { destination: 'amq.direct', source: '' }],
      ['queue.bind', { queue: 'q', exchange: '' }],
      ['queue.unbind', { queue: 'q', exchange: '' }],
    ] as const
  ).map(([name, values]) =>
    channel(
      `${name} ${JSON.stringify(values)} on the default exchange`,
      403,
      'ACCESS_REFUSED - operation not permitted on the default exchange',
      { given: [call('queue.declare', { queue: 'q' })], when: call(name, values) },
    ),
  ),
  ...['internal', 'amq.rabbitmq.trace'].map((exchange) =>
    channel(
      `publish to the internal exchange ${exchange}`,
      403,
      `ACCESS_REFUSED - cannot publish to internal exchange '${exchange}' in vhost '/'`,
      {
        given:
          exchange === 'internal'
            ? [call('exchange.declare', { exchange, type: 'fanout', internal: true })]
            : [],
        when: publish({ exchange }),
      },
    ),
  ),
  channel('unknown exchange type', 406, "PRECONDITION_FAILED - unknown exchange type 'nosuch'", {
    when: call('exchange.declare', { exchange: 'x', type: 'nosuch' }),
  }),
]

const unknownTags: readonly ErrorCase[] = [
  ...(
    [
      ['basic.ack', { deliveryTag: 42 }],
      ['basic.nack', { deliveryTag: 42, requeue: true }],
      ['basic.reject', { deliveryTag: 42 }],
      ['basic.ack', { deliveryTag: 0 }],
      ['basic.ack', { deliveryTag: 42, multiple: true }],
    ] as const
  ).map(([name, values]) =>
    channel(
      `${name} ${JSON.stringify(values)} of what was never delivered`,
      406,
      `PRECONDITION_FAILED - unknown delivery tag ${values.deliveryTag}`,
      { when: call(name, values) },
    ),
  ),
  ...(
    [
      ['twice', [['basic.ack', { deliveryTag: 1 }]], { deliveryTag: 1 }],
      [
        'after a multiple one',
        [['basic.ack', { deliveryTag: 2, multiple: true }]],
        { deliveryTag: 1 },
      ],
      ['multiple, beyond the last delivery', [], { deliveryTag: 3, multiple: true }],
      [
        'multiple, of a tag in between that was acknowledged',
        [['basic.ack', { deliveryTag: 1 }]],
        { deliveryTag: 1, multiple: true },
      ],
    ] as const
  ).map(([title, first, values]) =>
    channel(
      `acknowledgement ${title}`,
      406,
      `PRECONDITION_FAILED - unknown delivery tag ${values.deliveryTag}`,
      {
        given: [
          call('queue.declare', { queue: 'q' }),
          publish({ routingKey: 'q' }),
          publish({ routingKey: 'q' }),
          call('basic.get', { queue: 'q' }),
          call('basic.get', { queue: 'q' }),
          ...first.map(([name, given]) => call(name, given)),
        ],
        when: call('basic.ack', values),
      },
    ),
  ),
  channel(
    'acknowledgement of an automatically acknowledged delivery',
    406,
    'PRECONDITION_FAILED - unknown delivery tag 1',
    {
      given: [
        call('queue.declare', { queue: 'q' }),
        publish({ routingKey: 'q' }),
        call('basic.get', { queue: 'q', noAck: true }),
      ],
      when: call('basic.ack', { deliveryTag: 1 }),
    },
  ),
  channel(
    'acknowledgement on another channel',
    406,
    'PRECONDITION_FAILED - unknown delivery tag 1',
    {
      given: [
        call('queue.declare', { queue: 'q' }),
        publish({ routingKey: 'q' }),
        call('channel.open', {}, 3),
        call('basic.get', { queue: 'q' }, 3),
      ],
      when: call('basic.ack', { deliveryTag: 1 }),
    },
  ),
  channel(
    'acknowledgement of an unknown tag within a transaction, before its commit',
    406,
    'PRECONDITION_FAILED - unknown delivery tag 99',
    { given: [call('tx.select')], when: call('basic.ack', { deliveryTag: 99 }) },
  ),
]

const inUse: readonly ErrorCase[] = [
  channel(
    'queue.delete if-unused with a consumer',
    406,
    "PRECONDITION_FAILED - queue 'q' in vhost '/' in use",
    {
      given: [call('queue.declare', { queue: 'q' }), other('basic.consume', { queue: 'q' })],
      when: call('queue.delete', { queue: 'q', ifUnused: true }),
    },
  ),
  channel(
    'queue.delete if-empty with a message',
    406,
    "PRECONDITION_FAILED - queue 'q' in vhost '/' not empty",
    {
      given: [call('queue.declare', { queue: 'q' }), publish({ routingKey: 'q' })],
      when: call('queue.delete', { queue: 'q', ifEmpty: true }),
    },
  ),
  channel(
    'exchange.delete if-unused with a binding',
    406,
    "PRECONDITION_FAILED - exchange 'used' in vhost '/' in use",
    {
      given: [
        call('exchange.declare', { exchange: 'used', type: 'fanout' }),
        call('queue.declare', { queue: 'q' }),
        call('queue.bind', { queue: 'q', exchange: 'used' }),
      ],
      when: call('exchange.delete', { exchange: 'used', ifUnused: true }),
    },
  ),
]

const modes: readonly ErrorCase[] = [
  channel(
    'tx.select on a confirming channel',
    406,
    'PRECONDITION_FAILED - cannot switch from confirm to tx mode',
    { given: [call('confirm.select')], when: call('tx.select') },
  ),
  channel(
    'confirm.select on a transactional channel',
    406,
    'PRECONDITION_FAILED - cannot switch from tx to confirm mode',
    { given: [call('tx.select')], when: call('confirm.select') },
  ),
  ...['tx.commit', 'tx.rollback'].map((name) =>
    channel(
      `${name} without tx.select`,
      406,
      'PRECONDITION_FAILED - channel is not transactional',
      { when: call(name) },
    ),
  ),
]

const replyTo = 'amq.rabbitmq.reply-to'
const directReplyTo: readonly ErrorCase[] = [
  channel(
    'direct reply-to with acknowledgements',
    406,
    'PRECONDITION_FAILED - reply consumer cannot acknowledge',
    { when: call('basic.consume', { queue: replyTo }) },
  ),
  channel(
    'second direct reply-to consumer on a channel',
    406,
    'PRECONDITION_FAILED - reply consumer already set',
    {
      given: [call('basic.consume', { queue: replyTo, noAck: true })],
      when: call('basic.consume', { queue: replyTo, noAck: true }),
    },
  ),
  channel(
    'request to direct reply-to without its consumer',
    406,
    'PRECONDITION_FAILED - fast reply consumer does not exist',
    { when: publish({ routingKey: 'anywhere' }, { replyTo }) },
  ),
  channel(
    'declare of a direct reply-to name that is not',
    404,
    `NOT_FOUND - no queue '${replyTo}.bad' in vhost '/'`,
    { when: call('queue.declare', { queue: `${replyTo}.bad` }) },
  ),
  channel('basic.get from direct reply-to', 404, `NOT_FOUND - no queue '${replyTo}' in vhost '/'`, {
    when: call('basic.get', { queue: replyTo }),
  }),
]

const arguments_: readonly ErrorCase[] = [
  ...(
    [
      ['abc', 'no_integer'],
      ['', 'no_integer'],
      ['-1', '{value_negative,-1}'],
      ['1.5', '{leftover_string,".5"}'],
      ['99999999999999', '{value_too_large,99999999999999}'],
    ] as const
  ).map(([expiration, reason]) =>
    channel(
      `expiration '${expiration}'`,
      406,
      `PRECONDITION_FAILED - invalid expiration '${expiration}': ${reason}`,
      { when: publish({ routingKey: 'nowhere' }, { expiration }) },
    ),
  ),
  channel(
    'user-id of somebody else',
    406,
    "PRECONDITION_FAILED - user_id property set to 'other' but authenticated user was 'guest'",
    { when: publish({ routingKey: 'nowhere' }, { userId: 'other' }) },
  ),
  channel(
    'CC that is not an array',
    406,
    'PRECONDITION_FAILED - invalid message: {unacceptable_type_in_header,"CC",longstr}',
    { when: publish({ routingKey: 'nowhere' }, { headers: { CC: 'k' } }) },
  ),
  channel(
    'BCC that is not an array',
    406,
    'PRECONDITION_FAILED - invalid message: {unacceptable_type_in_header,"BCC",signedint}',
    { when: publish({ routingKey: 'nowhere' }, { headers: { BCC: 5 } }) },
  ),
  channel(
    'x-match of an unknown kind',
    406,
    'PRECONDITION_FAILED - Invalid x-match field value <<"some">>; expected all, any, all-with-x, or any-with-x',
    {
      given: [call('queue.declare', { queue: 'q' })],
      when: call('queue.bind', {
        queue: 'q',
        exchange: 'amq.headers',
        arguments: { 'x-match': 'some' },
      }),
    },
  ),
  channel(
    'x-match of an unknown type',
    406,
    'PRECONDITION_FAILED - Invalid x-match field type signedint (value 1); expected longstr',
    {
      given: [call('queue.declare', { queue: 'q' })],
      when: call('queue.bind', { queue: 'q', exchange: 'amq.match', arguments: { 'x-match': 1 } }),
    },
  ),
  channel(
    'alternate-exchange that is not a string',
    406,
    "PRECONDITION_FAILED - invalid type 'signedint' for arg 'alternate-exchange' in exchange 'x' in vhost '/'",
    {
      when: call('exchange.declare', {
        exchange: 'x',
        type: 'direct',
        arguments: { 'alternate-exchange': 5 },
      }),
    },
  ),
  channel(
    'consumer priority that is not a number',
    406,
    "PRECONDITION_FAILED - invalid arg 'x-priority' for queue 'q' in vhost '/': \"expected integer, got longstr\"",
    {
      given: [call('queue.declare', { queue: 'q' })],
      when: call('basic.consume', { queue: 'q', arguments: { 'x-priority': 'high' } }),
    },
  ),
]

const limitedUser = { user: 'limited', password: 'limited' } as const
const refused = (access: string, kind: string, name: string): string =>
  `ACCESS_REFUSED - ${access} access to ${kind} '${name}' in vhost '/' refused for user 'limited'`
const permissions: readonly ErrorCase[] = [
  ...(
    [
      ['queue.declare', { queue: 'theirs' }, 'configure', 'queue', 'theirs'],
      ['queue.delete', { queue: 'theirs' }, 'configure', 'queue', 'theirs'],
      [
        'exchange.declare',
        { exchange: 'theirs', type: 'direct' },
        'configure',
        'exchange',
        'theirs',
      ],
      ['exchange.delete', { exchange: 'theirs' }, 'configure', 'exchange', 'theirs'],
      ['queue.bind', { queue: 'theirs', exchange: 'own-x' }, 'write', 'queue', 'theirs'],
      ['queue.bind', { queue: 'own-q', exchange: 'amq.direct' }, 'read', 'exchange', 'amq.direct'],
      ['queue.purge', { queue: 'theirs' }, 'read', 'queue', 'theirs'],
      ['basic.get', { queue: 'theirs' }, 'read', 'queue', 'theirs'],
      ['basic.consume', { queue: 'theirs' }, 'read', 'queue', 'theirs'],
      ['exchange.bind', { destination: 'theirs', source: 'own-x' }, 'write', 'exchange', 'theirs'],
      [
        'exchange.declare',
        { exchange: 'own-y', type: 'direct', arguments: { 'alternate-exchange': 'theirs' } },
        'write',
        'exchange',
        'theirs',
      ],
      [
        'queue.declare',
        { queue: 'own-dlx', arguments: { 'x-dead-letter-exchange': 'theirs' } },
        'write',
        'exchange',
        'theirs',
      ],
    ] as const
  ).map(([name, values, access, kind, resource]) =>
    channel(
      `${name} ${JSON.stringify(values)} without the permission`,
      403,
      refused(access, kind, resource),
      {
        login: limitedUser,
        given: [
          call('queue.declare', { queue: 'own-q' }),
          call('exchange.declare', { exchange: 'own-x', type: 'fanout' }),
        ],
        when: call(name, values),
      },
    ),
  ),
  channel('publish without the permission', 403, refused('write', 'exchange', 'amq.direct'), {
    login: limitedUser,
    when: publish({ exchange: 'amq.direct' }),
  }),
  channel(
    'publish to the default exchange without the permission',
    403,
    refused('write', 'exchange', 'amq.default'),
    { login: limitedUser, when: publish({ routingKey: 'own-q' }) },
  ),
  channel(
    'publish to a topic without the permission',
    403,
    "ACCESS_REFUSED - write access to topic 'b.c' in exchange 'amq.topic' in vhost '/' refused for user 'topical'",
    {
      login: { user: 'topical', password: 'topical' },
      when: publish({ exchange: 'amq.topic', routingKey: 'b.c' }),
    },
  ),
  channel(
    'binding to a topic without the permission',
    403,
    "ACCESS_REFUSED - read access to topic 'b.#' in exchange 'amq.topic' in vhost '/' refused for user 'topical'",
    {
      login: { user: 'topical', password: 'topical' },
      given: [call('queue.declare', { queue: 'own-q' })],
      when: call('queue.bind', { queue: 'own-q', exchange: 'amq.topic', routingKey: 'b.#' }),
    },
  ),
]

/** Grouped as docs/compatibility.md lists them. */
export const channelErrors: Readonly<Record<string, readonly ErrorCase[]>> = {
  'missing queues and exchanges': missing,
  'inequivalent redeclaration': redeclared,
  'exclusive queues and consumers': exclusive,
  'reserved names and types': reserved,
  'unknown delivery tags': unknownTags,
  'conditional deletion': inUse,
  'transactions and confirms': modes,
  'direct reply-to': directReplyTo,
  'arguments and properties': arguments_,
  permissions,
}
