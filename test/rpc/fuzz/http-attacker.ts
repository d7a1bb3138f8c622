// Bad bodies in good HTTP requests, and bad HTTP. Every good request must be answered by a good
// response of the protocol, whatever its body says.
import assert from 'node:assert/strict'
import { Agent, request } from 'node:http'
import { gzipSync } from 'node:zlib'
import { WebSocket } from 'ws'
import { encodeCall } from '../../../src/rpc/xml-rpc/codec.ts'
import { decodeMessage } from '../../../src/rpc/xml-rpc/reader.ts'
import type { Attacker } from './attacker.ts'
import { bad, pick, type Random } from './inputs.ts'
import { recorded, sampleValue } from './recorder.ts'

interface Answer {
  readonly status: number
  readonly body: Buffer
}

function post(options: {
  agent: Agent
  port: number
  contentType: string
  body: Buffer
  headers: Record<string, string>
}): Promise<Answer> {
  const { agent, port, contentType, body, headers } = options
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        agent,
        port,
        host: '127.0.0.1',
        method: 'POST',
        path: '/',
        headers: { 'content-type': contentType, 'content-length': body.length, ...headers },
      },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks) }),
        )
        response.on('error', reject)
      },
    )
    sent.on('error', reject)
    sent.end(body)
  })
}

/** HTTP that is wrong, or promises what it does not send. */
function cruelHttp(contentType: string, body: string): Buffer[] {
  const head = (lines: string): string =>
    `POST / HTTP/1.1\r\nHost: x\r\nContent-Type: ${contentType}\r\n${lines}\r\n\r\n`
  return [
    head('Content-Length: 99999999999999') + body,
    head('Content-Length: -1') + body,
    head(`Content-Length: ${body.length}\r\nContent-Length: 5`) + body,
    head(`Content-Length: ${body.length}\r\nTransfer-Encoding: chunked`) + body,
    `${head('Transfer-Encoding: chunked')}ffffffffffff\r\n${body}`,
    `${head('Transfer-Encoding: chunked')}5\r\n${body.slice(0, 5)}\r\n0\r\nTrailer: x\r\n\r\n`,
    head(`Content-Length: ${body.length}\r\nX-Long: ${'x'.repeat(20_000)}`) + body,
    head(Array.from({ length: 3000 }, (_, i) => `H${i}: ${i}`).join('\r\n')) + body,
    head('Expect: 100-continue\r\nContent-Length: 5'),
    head('Content-Length: 10\r\nContent-Encoding: gzip') + body.slice(0, 10),
    'GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  ].map((text) => Buffer.from(text))
}

interface Dialect {
  readonly contentType: string
  readonly bodies: readonly Buffer[]
  readonly cruel: readonly Buffer[]
  check(answer: Buffer): void
}

const deep = (open: string, close: string, times: number): string =>
  open.repeat(times) + close.repeat(times)

const xmlCall = (value: string): string =>
  `<?xml version="1.0"?><methodCall><methodName>echo</methodName><params><param><value>${value}</value></param></params></methodCall>`

const xmlDialect: Dialect = {
  contentType: 'text/xml',
  bodies: [
    encodeCall('echo', [{ ...sampleValue, bytes: Buffer.from('abc'), when: new Date(0) }]),
    encodeCall('add', [1, 2]),
    encodeCall('fail', ['text']),
    encodeCall('count', [20]),
    encodeCall('system.multicall', [
      [
        { methodName: 'add', params: [1, 2] },
        { methodName: 'nope', params: [] },
      ],
    ]),
    encodeCall('system.methodHelp', ['add']),
  ].map((text) => Buffer.from(text)),
  cruel: [
    xmlCall(deep('<array><data><value>', '</value></data></array>', 1000)),
    xmlCall('<array><data><value>'.repeat(2500)),
    `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>${xmlCall('&b;')}`,
    '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><methodCall>&a;</methodCall>',
    xmlCall(`<int>${'9'.repeat(50_000)}</int>`),
    xmlCall(`<double>${'1'.repeat(50_000)}e99999</double>`),
    xmlCall(`<base64>${'A'.repeat(50_001)}</base64>`),
    xmlCall('&#x110000;&#xD800;&#0;'),
    xmlCall('&#1'.repeat(10_000)),
    `<methodCall ${'a="b" '.repeat(8000)}>`,
    `${'<!-- - '.repeat(7000)}`,
    xmlCall(`<![CDATA[${']]'.repeat(20_000)}`),
    xmlCall('<value>'.repeat(9000)),
    xmlCall(
      `<struct>${'<member><name>__proto__</name><value>1</value></member>'.repeat(500)}</struct>`,
    ),
  ].map((text) => Buffer.from(text)),
  check: (answer) => {
    assert.notEqual(decodeMessage(answer).kind, 'call')
  },
}

const jsonCall = (params: string): string =>
  `{"jsonrpc":"2.0","method":"echo","params":[${params}],"id":1}`

const jsonDialect: Dialect = {
  contentType: 'application/json',
  bodies: [
    jsonCall(JSON.stringify(sampleValue)),
    '{"jsonrpc":"2.0","method":"add","params":{"a":1,"b":2},"id":"x"}',
    '[{"jsonrpc":"2.0","method":"add","params":[1,2],"id":1},{"jsonrpc":"2.0","method":"echo","params":["x"]},{"foo":1}]',
    '{"jsonrpc":"2.0","method":"count","params":[20],"id":1.50,"meta":{"window":2,"timeoutMs":500}}',
    '{"jsonrpc":"2.0","method":"rpc.discover","id":null}',
    '{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":1}}',
    '{"jsonrpc":"2.0","method":"rpc.stream.more","params":{"id":1.50,"count":3}}',
    '{"jsonrpc":"2.0","method":"fail","params":[{"$bytes":"AAEC"}],"id":12345678901234567890}',
  ].map((text) => Buffer.from(text)),
  cruel: [
    jsonCall(deep('[', ']', 30_000)),
    '['.repeat(60_000),
    '{"a":'.repeat(12_000),
    jsonCall('"\\'.repeat(20_000)),
    jsonCall('9'.repeat(60_000)),
    jsonCall('1e999999'),
    jsonCall('"\\ud800"'),
    jsonCall('{"__proto__":{"constructor":1},"$bytes":"!!!"}'),
    `[${'1,'.repeat(30_000)}1]`,
    `[${Array.from({ length: 900 }, () => '{"jsonrpc": "2.0", "method": "a", "id": 1}').join()}]`,
    `[${'{},'.repeat(999)}{}]`,
    '{"jsonrpc":"2.0","method":"__proto__","params":{"__proto__":1},"id":1}',
    '\ufeff{}',
  ].map((text) => Buffer.from(text)),
  check: (answer) => {
    if (answer.length === 0) return
    const message: unknown = JSON.parse(answer.toString('utf8'))
    for (const each of Array.isArray(message) ? message : [message]) {
      assert.equal(each.jsonrpc, '2.0')
      assert.ok('result' in each !== 'error' in each)
      assert.ok('id' in each)
    }
  },
}

class HttpAttacker implements Attacker {
  readonly port: number
  readonly rawSamples: readonly Buffer[]
  readonly rawPercent = 25
  readonly #dialect: Dialect
  readonly #bodies: readonly Buffer[]
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 16 })

  constructor(url: string, dialect: Dialect, traffic: readonly Buffer[]) {
    this.port = Number(new URL(url).port)
    this.#dialect = dialect
    const [body = Buffer.alloc(0)] = dialect.bodies
    this.rawSamples = [...traffic, ...cruelHttp(dialect.contentType, body.toString('utf8'))]
    this.#bodies = dialect.bodies
  }

  async framed(random: Random): Promise<void> {
    const { contentType, cruel, check } = this.#dialect
    const isCruel = random() < 0.05
    const plain = isCruel ? pick(cruel, random) : bad(this.#bodies, random)
    const isZipped = random() < 0.05
    const body = isZipped ? gzipSync(plain) : plain
    const headers: Record<string, string> = isZipped ? { 'content-encoding': 'gzip' } : {}
    const answer = await post({ agent: this.#agent, port: this.port, contentType, body, headers })
    assert.ok(answer.status === 200 || answer.status === 204, `HTTP ${answer.status}`)
    if (answer.status === 200) check(answer.body)
  }

  async close(): Promise<void> {
    this.#agent.destroy()
  }
}

/** Frames that the protocol forbids [RFC 6455, 5.2], after a good handshake. */
function cruelFrames(): Buffer[] {
  const mask = '00000000'
  return [
    `81ff7fffffffffffffff${mask}`,
    '810568656c6c6f',
    `f185${mask}68656c6c6f`,
    `0185${mask}68656c6c6f`,
    `8085${mask}68656c6c6f`,
    `89fe0100${mask}${'00'.repeat(256)}`,
    `8882${mask}0001`,
    `8881${mask}00`,
    `8184${mask}ff80feff`,
    `8980${mask}`.repeat(500),
    `8180${mask}`.repeat(500),
    `8285${mask}68656c6c6f`,
  ].map((hex) => Buffer.from(hex, 'hex'))
}

class WebSocketAttacker {
  readonly #port: number
  #socket: Promise<WebSocket> | undefined

  constructor(port: number) {
    this.#port = port
  }

  #open(): Promise<WebSocket> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(`ws://127.0.0.1:${this.#port}/`, { perMessageDeflate: false })
      socket.on('error', reject)
      socket.on('message', (data: Buffer) => jsonDialect.check(withoutNotifications(data)))
      socket.on('close', () => {
        this.#socket = undefined
      })
      socket.on('open', () => resolve(socket))
    })
  }

  async send(random: Random): Promise<void> {
    this.#socket ??= this.#open()
    const socket = await this.#socket
    const isCruel = random() < 0.05
    const text = isCruel ? pick(jsonDialect.cruel, random) : bad(jsonDialect.bodies, random)
    const isBinary = random() < 0.01
    await new Promise<void>((resolve) => {
      // Bytes that are no UTF-8 would be refused by the frame layer: those come raw.
      socket.send(isBinary ? text : text.toString('utf8'), () => resolve())
    })
  }

  async close(): Promise<void> {
    const socket = await this.#socket?.catch(() => undefined)
    socket?.terminate()
  }
}

/** A stream's items are notifications, which have neither result nor id. */
function withoutNotifications(data: Buffer): Buffer {
  return data.includes('"method":"rpc.stream"') ? Buffer.alloc(0) : data
}

export async function openXmlRpcAttacker(url: string): Promise<Attacker> {
  const traffic = await recorded(url, (port) => `xmlrpc://127.0.0.1:${port}`)
  return new HttpAttacker(url, xmlDialect, traffic)
}

/** Half of the inputs come over HTTP, half over WebSocket. */
export async function openJsonRpcAttacker(url: string): Promise<Attacker> {
  const overHttp = await recorded(url, (port) => `http://127.0.0.1:${port}`)
  const overSocket = await recorded(url, (port) => `ws://127.0.0.1:${port}`)
  const http = new HttpAttacker(url, jsonDialect, overHttp)
  const lanes = Array.from({ length: 4 }, () => new WebSocketAttacker(http.port))
  const upgrade = Buffer.from(
    'GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  )
  const frames = cruelFrames().map((frame) => Buffer.concat([upgrade, frame]))
  return {
    port: http.port,
    rawPercent: http.rawPercent,
    rawSamples: [...http.rawSamples, ...overSocket, ...frames],
    framed: (random) => (random() < 0.5 ? http.framed(random) : pick(lanes, random).send(random)),
    close: async () => {
      await Promise.all(lanes.map((lane) => lane.close()))
      await http.close()
    },
  }
}
