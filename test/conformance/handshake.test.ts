// The beginning of a connection: protocol header, server properties, login, tuning, virtual host,
// heartbeats. The same tests run against Warren and against RabbitMQ.
// [RabbitMQ: rabbit_reader.erl, rabbit_heartbeat.erl]
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { onEachBroker, type Target, usualDefinitions } from '../support/broker-under-test.ts'
import { everything, user } from '../support/definitions.ts'
import { type ConnectOptions, plainTable, RawClient, type Said } from '../support/raw-client.ts'
import type { Field } from '../support/raw-codec.ts'

const definitions = {
  ...usualDefinitions,
  users: [
    ...usualDefinitions.users,
    user('nobody', 'nobody'),
    { ...user('full', 'full'), limits: { 'max-connections': 0 } },
    { ...user('narrow', 'narrow'), limits: { 'max-channels': 1 } },
  ],
  vhosts: [...usualDefinitions.vhosts, { name: 'full' }],
  permissions: [
    ...usualDefinitions.permissions,
    everything('guest', 'full'),
    everything('full'),
    everything('narrow'),
  ],
  parameters: [
    { component: 'vhost-limits', vhost: 'full', name: 'limits', value: { 'max-connections': 0 } },
  ],
}

/** How long the broker stays silent after a fault in the handshake, against guessing. */
const silence = { atLeastMs: 2_900, atMostMs: 6_000 }

const configuration = ['handshake_timeout = 1500']
const protocolHeader = 'AMQP\0\0\x09\x01'

onEachBroker({ definitions, configuration }, (target) => {
  // Nearly all of these wait: they do so together.
  describe('handshake', { concurrency: true }, () => handshake(target))
})

function handshake(target: () => Target): void {
  describe('protocol header', { concurrency: true }, () => {
    for (const wrong of [
      'AMQP\0\0\x09\x02',
      'AMQP\x03\x01\0\0',
      'GET / HTTP/1.1\r\n\r\n',
      'XXXXXXXX',
    ])
      test(`${JSON.stringify(wrong)} is answered with the right one and the end`, async () => {
        const client = await RawClient.dial(target().url)
        client.keepRaw = true
        client.socket.write(Buffer.from(wrong, 'latin1'))
        await client.expect('socket.closed')
        assert.equal(client.rawBytes.toString('latin1'), protocolHeader)
      })

    test('that comes octet by octet is understood', async () => {
      const client = await RawClient.dial(target().url)
      for (const octet of Buffer.from(protocolHeader, 'latin1')) {
        client.socket.write(Buffer.of(octet))
        await new Promise((resolve) => setTimeout(resolve, 2))
      }
      await client.expect('connection.start')
      client.destroy()
    })

    test('that never ends: the socket is closed after the handshake timeout', async () => {
      // The broker's time begins when it accepts, which the client may learn later.
      const began = Date.now()
      const client = await RawClient.dial(target().url)
      client.socket.write('AMQP')
      await client.expect('socket.closed')
      const took = Date.now() - began
      assert.ok(took >= 1_400 && took <= 9_000, `${took} ms`)
    })
  })

  describe('what the server says of itself', { concurrency: true }, () => {
    test('product, capabilities, mechanisms, locales', async () => {
      const client = await RawClient.dial(target().url)
      client.sendProtocolHeader()
      const { args } = await client.expect('connection.start')
      client.destroy()
      const properties = plainTable(args.serverProperties as Record<string, Field>)
      assert.deepEqual([args.versionMajor, args.versionMinor], [0, 9])
      assert.equal(properties.product, 'RabbitMQ')
      assert.match(String(properties.version), /^\d+\.\d+\.\d+$/)
      assert.equal(typeof properties.information, 'string')
      assert.deepEqual(Object.keys(properties).sort(), [
        'capabilities',
        'cluster_name',
        'copyright',
        'information',
        'platform',
        'product',
        'version',
      ])
      assert.deepEqual(properties.capabilities, {
        publisher_confirms: true,
        exchange_exchange_bindings: true,
        'basic.nack': true,
        consumer_cancel_notify: true,
        'connection.blocked': true,
        consumer_priorities: true,
        authentication_failure_close: true,
        per_consumer_qos: true,
        direct_reply_to: true,
      })
      assert.deepEqual(String(args.mechanisms).split(' ').sort(), ['AMQPLAIN', 'PLAIN'])
      assert.equal(args.locales, 'en_US')
    })

    test('limits that it proposes', async () => {
      const client = await loggedIn(target())
      assert.deepEqual(client.tune.args, { channelMax: 2047, frameMax: 131_072, heartbeat: 60 })
      client.destroy()
    })
  })

  describe('login', { concurrency: true }, () => {
    test('by AMQPLAIN', async () => {
      const client = await RawClient.channel(target().url, { mechanism: 'AMQPLAIN' })
      await client.close()
    })

    for (const mechanism of ['PLAIN', 'AMQPLAIN'])
      test(`wrong password by ${mechanism}, to a client that can take a close`, async () => {
        const client = await started(target())
        client.login({ mechanism, password: 'wrong' })
        const said = await client.expect('connection.close')
        assert.deepEqual(said.args, {
          replyCode: 403,
          replyText: `ACCESS_REFUSED - Login was refused using authentication mechanism ${mechanism}. For details see the broker logfile.`,
          classId: 0,
          methodId: 0,
        })
        await client.expect('socket.closed')
      })

    test('unknown user is refused like a wrong password', async () => {
      const client = await started(target())
      client.login({ user: 'unknown', password: 'unknown' })
      assert.equal((await client.expect('connection.close')).args.replyCode, 403)
      client.destroy()
    })

    const silent: readonly (readonly [string, (client: RawClient) => void])[] = [
      [
        'wrong password, to a client that cannot take a close',
        (client) => client.login({ password: 'wrong', capabilities: {} }),
      ],
      ['unknown mechanism', (client) => client.login({ mechanism: 'FOO' })],
      [
        'response that cannot be read',
        (client) => client.send(0, 'connection.start-ok', { mechanism: 'PLAIN', response: 'bad' }),
      ],
      ['another method than start-ok', (client) => client.send(0, 'connection.tune-ok')],
    ]
    for (const [title, act] of silent)
      test(`${title}: silence, then the end`, async () => {
        const client = await started(target())
        const began = Date.now()
        act(client)
        await client.expect('socket.closed')
        const took = Date.now() - began
        assert.ok(took >= silence.atLeastMs && took <= silence.atMostMs, `${took} ms`)
      })
  })

  describe('tuning', { concurrency: true }, () => {
    const accepted = [{ frameMax: 4096 }, { frameMax: 8192 }, { channelMax: 1 }, { heartbeat: 0 }]
    for (const tune of accepted)
      test(`${JSON.stringify(tune)} is taken`, async () => {
        const client = await RawClient.channel(target().url, { tune })
        await client.close()
      })

    const refused: readonly (readonly [object, string])[] = [
      [
        { frameMax: 4095 },
        'negotiated frame_max = 4095 is lower than the minimum allowed value (4096)',
      ],
      [
        { frameMax: 131_073 },
        'negotiated frame_max = 131073 is higher than the maximum allowed value (131072)',
      ],
      [
        { frameMax: 0 },
        'negotiated frame_max = 0 (no limit) is higher than the maximum allowed value (131072)',
      ],
      [
        { channelMax: 2048 },
        'negotiated channel_max = 2048 is higher than the maximum allowed value (2047)',
      ],
      [
        { channelMax: 0 },
        'negotiated channel_max = 0 (no limit) is higher than the maximum allowed value (2047)',
      ],
    ]
    for (const [tune, text] of refused)
      test(`${JSON.stringify(tune)} is refused`, async () => {
        const { client, tune: proposed } = await loggedIn(target())
        client.send(0, 'connection.tune-ok', { ...proposed.args, ...tune })
        // RabbitMQ 3.10.8 closes the socket after its silence; newer ones say why.
        if (target().kind === 'warren') {
          const said = await client.expect('connection.close')
          assert.deepEqual(said.args, {
            replyCode: 530,
            replyText: `NOT_ALLOWED - ${text}`,
            classId: 10,
            methodId: 30,
          })
          client.send(0, 'connection.close-ok')
        }
        await client.expect('socket.closed')
      })
  })

  describe('virtual host', { concurrency: true }, () => {
    const refusals: readonly (readonly [string, ConnectOptions, string])[] = [
      ['missing', { vhost: 'nope' }, 'NOT_ALLOWED - vhost nope not found'],
      ['with an empty name', { vhost: '' }, 'NOT_ALLOWED - vhost  not found'],
      [
        'without permission',
        { user: 'nobody', password: 'nobody' },
        "NOT_ALLOWED - access to vhost '/' refused for user 'nobody'",
      ],
      [
        'that may have no more connections',
        { vhost: 'full' },
        "NOT_ALLOWED - access to vhost 'full' refused for user 'guest': connection limit (0) is reached",
      ],
      [
        'for a user who may have no more connections',
        { user: 'full', password: 'full' },
        "NOT_ALLOWED - connection refused for user 'full': user connection limit (0) is reached",
      ],
    ]
    for (const [title, options, replyText] of refusals)
      test(title, async () => {
        const { client, tune } = await loggedIn(target(), options)
        client.send(0, 'connection.tune-ok', tune.args)
        client.send(0, 'connection.open', { virtualHost: options.vhost ?? '/' })
        const said = await client.expect('connection.close')
        assert.deepEqual(said.args, { replyCode: 530, replyText, classId: 10, methodId: 40 })
        client.send(0, 'connection.close-ok')
        await client.expect('socket.closed')
      })
  })

  test('a user who may have one channel', async () => {
    const login = { user: 'narrow', password: 'narrow' }
    const client = await RawClient.channel(target().url, login)
    const said = await client.call(2, 'channel.open')
    assert.deepEqual(said.args, {
      replyCode: 530,
      replyText:
        "NOT_ALLOWED - number of channels opened for user 'narrow' has reached the maximum allowed user limit of (1)",
      classId: 0,
      methodId: 0,
    })
    client.destroy()
  })

  describe('life of a connection', { concurrency: true }, () => {
    test('heartbeats come every half interval; a silent client is cut without a word', async () => {
      const client = await RawClient.connect(target().url, { tune: { heartbeat: 1 } })
      const began = Date.now()
      let heartbeats = 0
      let said: Said
      for (said = await client.next(); said.name === 'heartbeat'; said = await client.next())
        heartbeats += 1
      const took = Date.now() - began
      assert.equal(said.name, 'socket.closed')
      assert.ok(took >= 1_900 && took <= 4_000, `${took} ms`)
      const everyHalf = Math.floor(took / 500)
      assert.ok(Math.abs(heartbeats - everyHalf) <= 1, `${heartbeats} heartbeats in ${took} ms`)
    })

    test('a client that sends heartbeats stays', async () => {
      const client = await RawClient.channel(target().url, { tune: { heartbeat: 1 } })
      const timer = setInterval(() => client.sendFrame(8, 0, Buffer.alloc(0)), 400)
      try {
        const until = Date.now() + 4_000
        while (Date.now() < until) await client.expect('heartbeat')
      } finally {
        clearInterval(timer)
        client.destroy()
      }
    })

    test('any traffic counts as a heartbeat', async () => {
      const client = await RawClient.channel(target().url, { tune: { heartbeat: 1 } })
      const timer = setInterval(() => client.publish(1, { routingKey: 'nowhere' }), 400)
      try {
        const until = Date.now() + 4_000
        while (Date.now() < until) await client.expect('heartbeat')
      } finally {
        clearInterval(timer)
        client.destroy()
      }
    })

    test('update-secret is answered', async () => {
      const client = await RawClient.connect(target().url)
      const said = await client.call(0, 'connection.update-secret', {
        newSecret: 'guest',
        reason: 'test',
      })
      assert.equal(said.name, 'connection.update-secret-ok')
      await client.close()
    })

    test('after an error the server waits for close-ok and ignores the rest', async () => {
      const client = await RawClient.channel(target().url)
      client.send(1, 'channel.open')
      await client.expect('connection.close')
      client.send(1, 'queue.declare', { queue: 'ignored' })
      client.send(0, 'connection.close-ok')
      await client.expect('socket.closed')
      const other = await RawClient.channel(target().url)
      const said = await other.call(1, 'queue.declare', { queue: 'ignored', passive: true })
      assert.equal(said.args.replyCode, 404)
      await other.close()
    })
  })
}

async function started(target: Target): Promise<RawClient> {
  const client = await RawClient.dial(target.url)
  client.sendProtocolHeader()
  await client.expect('connection.start')
  return client
}

async function loggedIn(
  target: Target,
  options: ConnectOptions = {},
): Promise<{ client: RawClient; tune: Said; destroy(): void }> {
  const client = await started(target)
  client.login(options)
  return { client, tune: await client.expect('connection.tune'), destroy: () => client.destroy() }
}
