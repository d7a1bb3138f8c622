// AMQP, HTTP and metrics over TLS, with unmodified clients: who is let in, by which certificate, and
// what becomes of certificates that are changed or cannot be used.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls'
import { type ChannelModel, connect, credentials } from 'amqplib'
import { nullLogger } from '../../src/base/logger.ts'
import type { Config } from '../../src/config/config.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import { type RunningNode, startNode } from '../../src/node.ts'
import { NodeTls } from '../../src/node-tls.ts'
import { TestClient } from '../management/api-client.ts'
import { BrokerProcess } from '../support/broker-process.ts'
import { type CertificateFiles, Certificates, skipWithoutOpenssl } from '../support/certificates.ts'
import { Child } from '../support/child.ts'
import { everything, user } from '../support/definitions.ts'
import { eventually } from '../support/dialogue.ts'
import { freePort } from '../support/free-port.ts'
import { skipWithoutOracle, startOracle } from '../support/oracle.ts'
import { findPython, rubyHas, skipUnless } from '../support/peers.ts'

let certificates: Certificates
let strangers: Certificates
let server: CertificateFiles
let client: CertificateFiles
let stranger: CertificateFiles
const subject = '/C=DE/O=Hare, Rabbit & Co/OU=a\\+b/CN=app'
const distinguishedName = 'CN=app,OU=a\\+b,O=Hare\\, Rabbit & Co,C=DE'

const settings = (prefix: string, own: CertificateFiles = server): string[] => [
  `${prefix}.cacertfile = ${certificates.authority.cert}`,
  `${prefix}.certfile = ${own.cert}`,
  `${prefix}.keyfile = ${own.key}`,
]
const mutual = (): string[] => [
  ...settings('ssl_options'),
  'ssl_options.verify = verify_peer',
  'ssl_options.fail_if_no_peer_cert = true',
  'auth_mechanisms.1 = PLAIN',
  'auth_mechanisms.2 = EXTERNAL',
]

function start(...lines: string[]): Promise<RunningNode> {
  const own = [
    'listeners.tcp = none',
    'listeners.ssl.1 = 127.0.0.1:0',
    'management.tcp.port = none',
  ]
  const config = configOf([...own, ...lines].join('\n'))
  return startNode({ config, logger: nullLogger, dataDirectory: null })
}

function configOf(text: string): Config {
  return loadConfig({
    flags: { '--config': 'test.conf' },
    environment: { WARREN_PROMETHEUS_PORT: 'none' },
    files: {
      read: (path) => (path === 'test.conf' ? text : null),
      list: () => [],
      isWritableDirectory: () => false,
    },
  }).config
}

/** Runs the task with a node of this configuration. */
async function withNode(
  lines: string[],
  task: (node: RunningNode) => Promise<void>,
): Promise<void> {
  const node = await start(...lines)
  try {
    await task(node)
  } finally {
    await node.stop()
  }
}

function addUser({ core }: RunningNode, name: string): void {
  core.access.putUser({ name, password: { hash: '', algorithm: '' }, tags: [], limits: {} })
  core.access.setPermissions(name, '/', { configure: '.*', write: '.*', read: '.*' })
}

async function handshake(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connectTls({
    port,
    host: '127.0.0.1',
    servername: 'localhost',
    ca: readFileSync(certificates.authority.cert),
    ...options,
  })
  await once(socket, 'secureConnect')
  return socket
}

/** The mechanisms of connection.start. */
async function offered(socket: TLSSocket): Promise<string[]> {
  socket.write('AMQP\0\0\x09\x01')
  let text = ''
  for await (const chunk of socket) {
    text += (chunk as Buffer).toString('latin1')
    // The list is followed by the list of locales.
    const match = text.match(/[A-Z][A-Z-]+(?: [A-Z-]+)*(?=[^A-Za-z]{4}en_US)/)
    if (match !== null) return match[0].split(' ').sort()
  }
  throw new Error(`no connection.start in ${text}`)
}

before(() => {
  if (skipWithoutOpenssl !== false) return
  certificates = new Certificates()
  strangers = new Certificates('Somebody else')
  server = certificates.issue('server', '/CN=localhost')
  client = certificates.issue('client', subject)
  stranger = strangers.issue('client', subject)
})
after(() => {
  certificates?.remove()
  strangers?.remove()
})

describe('TLS', { skip: skipWithoutOpenssl }, () => {
  test('amqplib: a password over TLS, a large message there and back', async () => {
    await withNode(settings('ssl_options'), async (node) => {
      const ca = [readFileSync(certificates.authority.cert)]
      const url = `amqps://guest:guest@localhost:${node.amqpsPort}`
      const connection = await connect(url, { ca, servername: 'localhost' })
      const channel = await connection.createConfirmChannel()
      const { queue } = await channel.assertQueue('')
      const body = Buffer.alloc(3_000_000, 'x')
      channel.sendToQueue(queue, body)
      await channel.waitForConfirms()
      const got = await channel.get(queue, { noAck: true })
      assert.ok(got !== false && got.content.equals(body))
      assert.deepEqual([...node.core.connections][0]?.details.tls, {
        protocol: 'tlsv1.3',
        keyExchange: 'any',
        cipher: 'aes_256_gcm',
        hash: 'aead',
        peerSubject: null,
        peerIssuer: null,
        peerValidity: null,
      })
      await connection.close()
    })
  })

  const python = findPython(['pika'])
  const skipPika = skipUnless(python !== undefined, 'pika is not installed')
  test('pika: a certificate and a password', { skip: skipPika }, async () => {
    await withNode(mutual(), async (node) => {
      const program = `
import pika, ssl, sys
context = ssl.create_default_context(cafile=sys.argv[1])
context.load_cert_chain(sys.argv[2], sys.argv[3])
options = pika.SSLOptions(context, 'localhost')
connection = pika.BlockingConnection(
    pika.ConnectionParameters('localhost', int(sys.argv[4]), ssl_options=options))
channel = connection.channel()
channel.confirm_delivery()
queue = channel.queue_declare('').method.queue
for i in range(200):
    channel.basic_publish('', queue, b'%d' % i)
bodies = []
for method, properties, body in channel.consume(queue):
    channel.basic_ack(method.delivery_tag)
    bodies.append(int(body))
    if len(bodies) == 200:
        break
assert bodies == list(range(200))
connection.close()
print('pika is content')
`
      const files = [certificates.authority.cert, client.cert, client.key]
      const child = new Child(python!, ['-', ...files, `${node.amqpsPort}`], { input: program })
      assert.match(await child.succeeds(), /pika is content/)
    })
  })

  const skipRuby = skipUnless(rubyHas('bunny'), 'Ruby or its library bunny is not installed')
  test('bunny: a certificate instead of a password', { skip: skipRuby }, async () => {
    await withNode([...mutual(), 'ssl_cert_login_from = common_name'], async (node) => {
      addUser(node, 'app')
      const program = `
require 'bunny'
ca, certificate, key, port = ARGV
connection = Bunny.new(host: 'localhost', port: port.to_i, tls: true, verify_peer: true,
                       tls_ca_certificates: [ca], tls_cert: certificate, tls_key: key,
                       auth_mechanism: 'EXTERNAL')
connection.start
queue = connection.create_channel.queue('', exclusive: true)
queue.publish('ruby over TLS')
_, _, body = queue.pop until body
raise body unless body == 'ruby over TLS'
connection.close
puts 'bunny is content'
`
      const files = [certificates.authority.cert, client.cert, client.key]
      const child = new Child('ruby', ['-', ...files, `${node.amqpsPort}`], { input: program })
      assert.match(await child.succeeds(), /bunny is content/)
    })
  })

  test('a client without a certificate, or with one of another authority, is turned away', async () => {
    await withNode(mutual(), async (node) => {
      const url = `amqps://guest:guest@localhost:${node.amqpsPort}`
      const { ca } = certificates.read(client)
      await assert.rejects(connect(url, { ca, servername: 'localhost' }))
      const other = { ...strangers.read(stranger), ca, servername: 'localhost' }
      await assert.rejects(connect(url, other))
      assert.equal(node.core.counters.connectionsOpened, 0)
      await (await connect(url, { ...certificates.read(client), servername: 'localhost' })).close()
    })
  })

  test('a certificate may be asked for and not be needed, but has to be good', async () => {
    const lines = [...settings('ssl_options'), 'ssl_options.verify = verify_peer']
    await withNode(lines, async (node) => {
      const url = `amqps://guest:guest@localhost:${node.amqpsPort}`
      const { ca } = certificates.read(client)
      await (await connect(url, { ca, servername: 'localhost' })).close()
      const other = { ...strangers.read(stranger), ca, servername: 'localhost' }
      await assert.rejects(connect(url, other))
    })
  })

  test('EXTERNAL takes the distinguished name; who is not known is not let in', async () => {
    await withNode(mutual(), async (node) => {
      const options = {
        ...certificates.read(client),
        servername: 'localhost',
        credentials: credentials.external(),
      }
      const url = `amqps://localhost:${node.amqpsPort}`
      await assert.rejects(connect(url, options), /ACCESS[_-]REFUSED/)
      addUser(node, distinguishedName)
      const connection = await connect(url, options)
      const [shown] = [...node.core.connections]
      assert.equal(shown?.user, distinguishedName)
      assert.equal(shown?.details.mechanism, 'EXTERNAL')
      await connection.close()
    })
  })

  test('EXTERNAL is nothing for who shows no certificate that was asked for', async () => {
    const lines = [...settings('ssl_options'), 'auth_mechanisms.1 = EXTERNAL']
    await withNode(lines, async (node) => {
      addUser(node, distinguishedName)
      const options = {
        ...certificates.read(client),
        servername: 'localhost',
        credentials: credentials.external(),
      }
      // verify_none: what the client could have sent is not even looked at.
      const url = `amqps://localhost:${node.amqpsPort}`
      await assert.rejects(connect(url, options), /ACCESS[_-]REFUSED/)
      assert.deepEqual(await offered(await handshake(node.amqpsPort)), ['EXTERNAL'])
    })
  })

  test('the depth, the versions and the cipher suites are those asked for', async () => {
    const between = certificates.issue('between', '/CN=Between', { isAuthority: true })
    const far = certificates.issue('far', '/CN=far', { by: between })
    const chain = join(certificates.folder, 'chain.pem')
    writeFileSync(chain, readFileSync(far.cert, 'utf8') + readFileSync(between.cert, 'utf8'))
    const lines = [
      ...mutual(),
      'ssl_options.versions.1 = tlsv1.2',
      'ssl_options.ciphers.1 = ECDHE-ECDSA-AES128-GCM-SHA256',
    ]
    const { ca } = certificates.read(client)
    const options = { ca, cert: readFileSync(chain), key: readFileSync(far.key) }
    await withNode([...lines, 'ssl_options.depth = 1'], async (node) => {
      const socket = await handshake(node.amqpsPort, options)
      assert.equal(socket.getProtocol(), 'TLSv1.2')
      assert.equal(socket.getCipher().name, 'ECDHE-ECDSA-AES128-GCM-SHA256')
      assert.deepEqual(await offered(socket), ['EXTERNAL', 'PLAIN'])
      await assert.rejects(handshake(node.amqpsPort, { ...options, minVersion: 'TLSv1.3' }))
    })
    await withNode([...lines, 'ssl_options.depth = 0'], async (node) => {
      const url = `amqps://guest:guest@localhost:${node.amqpsPort}`
      await assert.rejects(connect(url, { ...options, servername: 'localhost' }))
    })
  })

  test('a handshake that never comes ends soon, and does not hold up the end', async () => {
    await withNode([...settings('ssl_options'), 'ssl_handshake_timeout = 100'], async (node) => {
      const { connect: connectTcp } = await import('node:net')
      const socket = connectTcp(node.amqpsPort, '127.0.0.1')
      await once(socket, 'close')
    })
    const node = await start(...settings('ssl_options'), 'ssl_handshake_timeout = 1h')
    const { connect: connectTcp } = await import('node:net')
    const socket = connectTcp(node.amqpsPort, '127.0.0.1')
    socket.on('error', () => undefined)
    await once(socket, 'connect')
    await node.stop()
  })

  test('the HTTP API and metrics over TLS leave plain HTTP to this machine', async () => {
    const lines = [
      ...settings('ssl_options'),
      'management.ssl.port = 0',
      ...settings('management.ssl'),
      'management.ssl.verify = verify_peer',
      'management.ssl.fail_if_no_peer_cert = true',
      'prometheus.ssl.port = 0',
      ...settings('prometheus.ssl'),
    ]
    await withNode(lines, async (node) => {
      const api = new TestClient(`http://guest:guest@127.0.0.1:${node.managementPort}`)
      const overview = await api.get('/overview')
      assert.equal(overview.status, 200, JSON.stringify(overview.body))
      const { listeners } = overview.body as { listeners: Listener[] }
      assert.deepEqual(
        listeners.map(({ protocol }) => protocol),
        ['amqp/ssl', 'http', 'https', 'https/prometheus'],
      )
      const [, plain, , metrics] = listeners as [Listener, Listener, Listener, Listener]
      assert.equal(plain.ip_address, '127.0.0.1')
      const url = `https://guest:guest@localhost:${node.managementTlsPort}/api/whoami`
      const whoami = await fetchTls(url, certificates.read(client))
      assert.equal(whoami.status, 200)
      assert.match(whoami.text, /"name":"guest"/)
      const { ca } = certificates.read(client)
      await assert.rejects(fetchTls(url, { ca }))
      await assert.rejects(fetchTls(url, { ...strangers.read(stranger), ca }))
      const scraped = await fetchTls(`https://localhost:${metrics.port}/metrics`, { ca })
      assert.match(scraped.text, /rabbitmq_identity_info/)
      const check = async (path: string): Promise<number> =>
        (await api.get(`/health/checks/${path}`)).status
      assert.equal(await check('protocol-listener/amqps'), 200)
      // They are valid for two days.
      assert.equal(await check('certificate-expiration/1/days'), 200)
      assert.equal(await check('certificate-expiration/1/weeks'), 503)
      assert.equal(await check('certificate-expiration/1/parsecs'), 400)
    })
  })

  test('certificates are read again on SIGHUP; a file that cannot be used changes nothing', async () => {
    const own = certificates.issue('renewed', '/CN=localhost/O=first')
    const broker = new BrokerProcess()
    try {
      const file = join(broker.directory, 'tls.conf')
      const lines = ['listeners.ssl.1 = 127.0.0.1:0', ...settings('ssl_options', own)]
      writeFileSync(file, lines.join('\n'))
      await broker.start('--config', file)
      const [, port] = await broker.says(/amqps:\/\/127\.0\.0\.1:(\d+)/)
      const shown = async (): Promise<string> => {
        const socket = await handshake(Number(port))
        const name = socket.getPeerX509Certificate()!.subject
        socket.destroy()
        return name
      }
      assert.match(await shown(), /O=first/)
      certificates.replace(own, certificates.issue('second', '/CN=localhost/O=second'))
      broker.signal('SIGHUP')
      await broker.says(/certificates read"/)
      assert.match(await shown(), /O=second/)
      writeFileSync(own.cert, 'nothing')
      broker.signal('SIGHUP')
      await broker.says(/holds no certificate in PEM.*certificates not read again/)
      assert.match(await shown(), /O=second/)
    } finally {
      await broker.remove()
    }
  })

  test('certificates are read again when their files have changed', (context) => {
    const own = certificates.issue('watched', '/CN=localhost/O=first')
    const text = ['listeners.ssl.1 = 127.0.0.1:0', ...settings('ssl_options', own)].join('\n')
    context.mock.timers.enable({ apis: ['setInterval'] })
    const tls = new NodeTls(configOf(text), nullLogger)
    try {
      const source = tls.source('tls')!
      const before = source.options.cert
      context.mock.timers.tick(60_000)
      assert.equal(source.options.cert, before)
      certificates.replace(own, certificates.issue('later', '/CN=localhost/O=second'))
      // Within the clock's resolution, a change might have the time of what was there before.
      utimesSync(own.cert, new Date(), new Date(Date.now() + 5000))
      context.mock.timers.tick(60_000)
      assert.notEqual(source.options.cert, before)
    } finally {
      tls.stop()
    }
  })

  test('warrenctl shows the certificates that are served', async () => {
    await withNode([...mutual(), 'management.tcp.port = 0'], async (node) => {
      const main = join(import.meta.dirname, '..', '..', 'src', 'cli', 'warrenctl.ts')
      const url = `http://127.0.0.1:${node.managementPort}`
      const account = { WARREN_MANAGEMENT_URL: url, WARREN_USER: 'guest', WARREN_PASSWORD: 'guest' }
      const child = new Child(process.execPath, [main, 'certificates'], { env: account })
      const output = await child.succeeds()
      assert.match(output, /protocol: amqp\/ssl.*\nSubject: CN=localhost\nIssuer: CN=Authority,O=/)
      assert.ok(output.includes(readFileSync(server.cert, 'utf8').trim()))
    })
  })

  test('files that cannot be used stop the start with code 2 and one line', () => {
    const folder = certificates.folder
    const broken = join(folder, 'broken.pem')
    writeFileSync(broken, '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n')
    const use = (changes: Record<string, string>): string[] => {
      const known: Record<string, string> = {
        certfile: server.cert,
        keyfile: server.key,
        ...changes,
      }
      return Object.entries(known).map(([name, value]) => `ssl_options.${name} = ${value}`)
    }
    const cases: [string[], RegExp][] = [
      [use({ certfile: '/nowhere.pem' }), /ssl_options\.certfile: ENOENT.*\/nowhere\.pem/],
      [use({ certfile: broken }), /ssl_options\.certfile: .*broken\.pem: holds a damaged/],
      [use({ certfile: server.key }), /.*server\.key: holds no certificate in PEM/],
      [use({ keyfile: server.cert }), /ssl_options\.keyfile: .*holds no private key/],
      [use({ keyfile: client.key }), /client\.key: is not the key of .*server\.pem/],
      [use({ verify: 'verify_peer' }), /verify_peer needs ssl_options\.cacertfile/],
      [use({ fail_if_no_peer_cert: 'true' }), /fail_if_no_peer_cert: needs ssl_options\.verify/],
      [use({ 'ciphers.1': 'NONE-SUCH' }), /ssl_options\.ciphers: .*no cipher match/],
      [use({ 'versions.1': 'tlsv1.1' }), /ssl_options\.versions: names no version/],
    ]
    for (const [lines, expected] of cases) {
      const text = ['listeners.ssl.1 = 127.0.0.1:0', ...lines].join('\n')
      assert.throws(() => new NodeTls(configOf(text), nullLogger), expected)
    }
    const file = join(folder, 'bad.conf')
    writeFileSync(file, 'listeners.ssl.1 = 127.0.0.1:0')
    const main = join(import.meta.dirname, '..', '..', 'src', 'main.ts')
    const flags = ['--port', '0', '--management-port', 'none', '--data-dir', join(folder, 'data')]
    const ended = spawnSync(process.execPath, [main, '--config', file, ...flags], {
      encoding: 'utf8',
    })
    assert.equal(ended.status, 2, ended.stderr)
    assert.match(ended.stderr, /^warren: ssl_options\.certfile: has to be set[^\n]*\n$/)
  })

  test('mechanisms, names and facts are those of RabbitMQ', {
    skip: skipWithoutOracle,
  }, async () => {
    const port = await freePort()
    const plugins = ['rabbitmq_management', 'rabbitmq_auth_mechanism_ssl']
    const definitions = {
      users: [user('guest', 'guest', 'administrator'), user(distinguishedName, 'x')],
      vhosts: [{ name: '/' }],
      permissions: [everything('guest'), everything(distinguishedName)],
    }
    const configuration = [
      `listeners.ssl.1 = 127.0.0.1:${port}`,
      'collect_statistics_interval = 100',
      ...mutual(),
    ]
    const oracle = await startOracle({ plugins, configuration, definitions, ports: [port] })
    try {
      // Its first connections may be closed: it accepts them a moment before it can speak TLS.
      const speaks = (): Promise<boolean> =>
        handshake(port, certificates.read(client)).then(
          (socket) => socket.destroy().destroyed,
          () => false,
        )
      await eventually(speaks)
      const theirs = await facts(port, new TestClient(oracle.managementUrl!))
      await withNode([...mutual(), 'management.tcp.port = 0'], async (node) => {
        addUser(node, distinguishedName)
        const url = `http://guest:guest@127.0.0.1:${node.managementPort}`
        assert.deepEqual(await facts(node.amqpsPort, new TestClient(url)), theirs)
      })
    } finally {
      await oracle.stop()
    }
  })
})

interface Listener {
  readonly protocol: string
  readonly ip_address: string
  readonly port: number
}

const shownFacts = [
  'user',
  'auth_mechanism',
  'ssl',
  'ssl_protocol',
  'ssl_key_exchange',
  'ssl_cipher',
  'ssl_hash',
  'peer_cert_subject',
  'peer_cert_issuer',
  'peer_cert_validity',
]

/** What a broker offers, and shows of clients that came with a certificate, for each TLS version. */
async function facts(port: number, api: TestClient): Promise<unknown> {
  const own = { ...certificates.read(client), servername: 'localhost' }
  const mechanisms = await offered(await handshake(port, own))
  const open: ChannelModel[] = []
  for (const [version, ciphers] of [
    ['TLSv1.3', 'TLS_AES_128_GCM_SHA256'],
    ['TLSv1.2', 'ECDHE-ECDSA-CHACHA20-POLY1305'],
    ['TLSv1.2', 'ECDHE-ECDSA-AES256-CCM'],
  ] as const) {
    const options = {
      ...own,
      ciphers,
      minVersion: version,
      maxVersion: version,
      credentials: credentials.external(),
    }
    open.push(await connect(`amqps://localhost:${port}`, options))
  }
  const shown = await connectionFacts(api, open.length)
  for (const connection of open) await connection.close()
  return { mechanisms, shown }
}

/** RabbitMQ tells of a connection when it has taken its first sample of it. */
async function connectionFacts(api: TestClient, count: number): Promise<unknown> {
  for (;;) {
    const answer = await api.get('/connections')
    assert.equal(answer.status, 200, JSON.stringify(answer.body))
    const connections = (answer.body as Record<string, unknown>[]).filter(
      ({ ssl_cipher: cipher }) => typeof cipher === 'string',
    )
    if (connections.length === count) {
      return connections
        .map((connection) => JSON.stringify(shownFacts.map((name) => [name, connection[name]])))
        .sort()
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

async function fetchTls(url: string, options: object): Promise<{ status: number; text: string }> {
  const { username, password } = new URL(url)
  const call = request(url, { ...options, auth: `${username}:${password}`, agent: false })
  call.end()
  const [response] = (await once(call, 'response')) as [import('node:http').IncomingMessage]
  let text = ''
  for await (const chunk of response) text += String(chunk)
  return { status: response.statusCode ?? 0, text }
}
