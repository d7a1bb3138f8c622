// The toolkit's transports over TLS: a client that trusts the authority is answered, one that does
// not sends nothing, and a server that wants certificates lets in nobody without.
import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { ChannelCredentials, ServerCredentials } from '@grpc/grpc-js'
import { nullLogger } from '../../src/base/logger.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import { type RunningNode, startNode } from '../../src/node.ts'
import {
  amqp,
  type Client,
  type ConnectOptions,
  connect,
  grpc,
  jsonRpc,
  type RpcServer,
  type ServerTransport,
  serve,
  xmlRpc,
} from '../../src/rpc/index.ts'
import { type CertificateFiles, Certificates, skipWithoutOpenssl } from '../support/certificates.ts'
import { type Sample, sampleService } from './support/sample-service.ts'

/** As Node's TLS takes it. */
interface Trust {
  readonly ca: Buffer[]
  readonly cert?: Buffer
  readonly key?: Buffer
}

interface Transport {
  readonly name: string
  /** A server that shows its certificate, and with `isMutual` asks for one. */
  serve(isMutual: boolean): Promise<{ url: string; stop(): Promise<void> }>
  options(trust: Trust): ConnectOptions
}

let certificates: Certificates
let strangers: Certificates
let own: CertificateFiles
let clients: CertificateFiles
let strange: CertificateFiles

const serverTls = (isMutual: boolean) => ({
  ...certificates.read(own),
  ...(isMutual ? { requestCert: true, rejectUnauthorized: true } : {}),
})

async function served(
  transport: ServerTransport,
  url: (server: RpcServer) => string,
): Promise<{ url: string; stop(): Promise<void> }> {
  const server = await serve(sampleService().service, [transport])
  return { url: url(server), stop: () => server.close({ graceMs: 0 }) }
}

function startBroker(isMutual: boolean): Promise<RunningNode> {
  const lines = [
    'listeners.tcp = none',
    'listeners.ssl.1 = 127.0.0.1:0',
    'management.tcp.port = none',
    `ssl_options.cacertfile = ${certificates.authority.cert}`,
    `ssl_options.certfile = ${own.cert}`,
    `ssl_options.keyfile = ${own.key}`,
    ...(isMutual
      ? ['ssl_options.verify = verify_peer', 'ssl_options.fail_if_no_peer_cert = true']
      : []),
  ]
  const { config } = loadConfig({
    flags: { '--config': 'test.conf' },
    environment: { WARREN_PROMETHEUS_PORT: 'none' },
    files: {
      read: (path) => (path === 'test.conf' ? lines.join('\n') : null),
      list: () => [],
      isWritableDirectory: () => false,
    },
  })
  return startNode({ config, logger: nullLogger, dataDirectory: null })
}

const transports: readonly Transport[] = [
  {
    name: 'XML-RPC',
    serve: (isMutual) => served(xmlRpc({ tls: serverTls(isMutual) }), (it) => it.url('xml-rpc')),
    options: (tls) => ({ xmlRpc: { tls } }),
  },
  {
    name: 'JSON-RPC over HTTP',
    serve: (isMutual) => served(jsonRpc({ tls: serverTls(isMutual) }), (it) => it.url('json-rpc')),
    options: (tls) => ({ jsonRpc: { tls } }),
  },
  {
    name: 'JSON-RPC over WebSocket',
    serve: (isMutual) =>
      served(jsonRpc({ tls: serverTls(isMutual) }), (it) =>
        it.url('json-rpc').replace('https:', 'wss:'),
      ),
    options: (tls) => ({ jsonRpc: { tls } }),
  },
  {
    name: 'gRPC',
    serve: (isMutual) => {
      const { ca, cert, key } = certificates.read(own)
      const pair = [{ cert_chain: cert, private_key: key }]
      const credentials = ServerCredentials.createSsl(ca[0] ?? null, pair, isMutual)
      return served(grpc({ credentials }), (it) => it.url('grpc'))
    },
    options: ({ ca, key = null, cert = null }) => ({
      grpc: { credentials: ChannelCredentials.createSsl(ca[0], key, cert) },
    }),
  },
  {
    name: 'AMQP',
    serve: async (isMutual) => {
      const node = await startBroker(isMutual)
      const url = `amqps://guest:guest@127.0.0.1:${node.amqpsPort}`
      const tls = certificates.read(clients)
      const worker = await serve(sampleService().service, [amqp({ url, queue: 'tls', tls })])
      return {
        url: worker.url('amqp'),
        stop: async () => {
          await worker.close({ graceMs: 0 })
          await node.stop()
        },
      }
    },
    options: (tls) => ({ amqp: { tls } }),
  },
]

async function refused(url: string, options: ConnectOptions): Promise<void> {
  const client: Client<Sample> = connect<Sample>(url, { ...options, timeoutMs: 5000 })
  try {
    await assert.rejects(client.add(1, 2), { code: 'UNAVAILABLE' })
  } finally {
    await client.$close()
  }
}

describe('TLS', { skip: skipWithoutOpenssl }, () => {
  before(() => {
    certificates = new Certificates()
    strangers = new Certificates('Strangers')
    own = certificates.issue('server', '/O=Warren tests/CN=localhost')
    clients = certificates.issue('client', '/O=Warren tests/CN=client')
    strange = strangers.issue('client', '/O=Warren tests/CN=client')
  })
  after(() => {
    certificates.remove()
    strangers.remove()
  })

  for (const transport of transports) {
    describe(transport.name, () => {
      test('a client that trusts the authority is answered', async (context) => {
        const { url, stop } = await transport.serve(false)
        context.after(stop)
        assert.match(url, /^(xmlrpc\+https|https|wss|grpcs|amqps):/)
        const { ca } = certificates.read(own)
        const client = connect<Sample>(url, transport.options({ ca }))
        assert.equal(await client.add(20, 22), 42)
        assert.deepEqual(await client.echo({ text: 'grüße', list: [1, null] }), {
          text: 'grüße',
          list: [1, null],
        })
        assert.equal(String(await client.echo('x'.repeat(200_000))).length, 200_000)
        await client.$close()
      })

      test('a client refuses a server that it has no reason to trust', async (context) => {
        const { url, stop } = await transport.serve(false)
        context.after(stop)
        await refused(url, {})
        await refused(url, transport.options({ ca: strangers.read(strange).ca }))
      })

      test('a server that wants certificates lets in those of its authority alone', async (context) => {
        const { url, stop } = await transport.serve(true)
        context.after(stop)
        const { ca, cert, key } = certificates.read(clients)
        const client = connect<Sample>(url, transport.options({ ca, cert, key }))
        assert.equal(await client.add(20, 22), 42)
        await client.$close()
        await refused(url, transport.options({ ca }))
        const theirs = strangers.read(strange)
        await refused(url, transport.options({ ca, cert: theirs.cert, key: theirs.key }))
      })
    })
  }

  test('a server over TLS answers nobody who speaks without, and goes on', async (context) => {
    const { url, stop } = await (transports[0] as Transport).serve(false)
    context.after(stop)
    await refused(url.replace('xmlrpc+https', 'xmlrpc'), {})
    const { ca } = certificates.read(own)
    const client = connect<Sample>(url, { xmlRpc: { tls: { ca } } })
    assert.equal(await client.add(1, 2), 3)
    await client.$close()
  })

  test('a client over TLS gives up on a server that speaks without', async (context) => {
    const plain = createServer((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n'))
    context.after(() => plain.close())
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', () => resolve()))
    const address = plain.address()
    assert.ok(address !== null && typeof address === 'object')
    for (const scheme of ['xmlrpc+https', 'https', 'wss', 'grpcs', 'amqps']) {
      await refused(`${scheme}://127.0.0.1:${address.port}/rpc.Sample`, {})
    }
  })
})
