// Real traffic to begin with: a proxy between a well-behaved client and the server keeps what the
// client sends.
import { once } from 'node:events'
import { connect as connectSocket, createServer, type Socket } from 'node:net'
import { connect } from '../../../src/rpc/index.ts'

/** More of one connection would only repeat itself. */
const keptBytesMax = 8192

export interface Attacked {
  add(a: number, b: number): number
  echo(value: unknown): unknown
  count(to: number): AsyncIterable<number>
  fail(text: string): never
  refuse(details: unknown): never
}

export const sampleValue: Readonly<Record<string, unknown>> = {
  text: 'grüße <&> 世界',
  numbers: [0, -1, 1.5, 2147483647, 128, 65536],
  nested: { list: [[], [null, true, false]], empty: {} },
}

/** Everything that a client can say, in one connection. */
async function talk(url: string): Promise<void> {
  const client = connect<Attacked>(url, { timeoutMs: 10_000 })
  const quiet = (promise: PromiseLike<unknown>): Promise<unknown> =>
    Promise.resolve(promise).catch(() => undefined)
  await client.add(1, 2)
  await client.echo(sampleValue)
  await quiet(client.fail('x'))
  await quiet(client.refuse({ why: ['closed', 1] }))
  await quiet(client.$call('nope'))
  await quiet(client.$batch((each) => [each.add(1, 2), each.echo('x')]))
  await quiet(client.$describe())
  await quiet(client.$notify.add(1, 2))
  await quiet(client.count(5))
  await quiet(client.$with({ metadata: { 'x-trace': 'abc' }, timeoutMs: 5000 }).add(1, 2))
  await client.$close()
}

export async function recorded(
  url: string,
  clientUrl: (port: number) => string,
): Promise<Buffer[]> {
  const target = Number(new URL(url).port)
  const kept: Buffer[][] = []
  const sockets = new Set<Socket>()
  const proxy = createServer((near) => {
    const chunks: Buffer[] = []
    kept.push(chunks)
    const far = connectSocket(target, '127.0.0.1')
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => sockets.delete(socket))
    }
    near.on('data', (chunk: Buffer) => chunks.push(chunk))
    near.pipe(far).pipe(near)
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  const address = proxy.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
  await talk(clientUrl(address.port))
  for (const socket of sockets) socket.destroy()
  proxy.close()
  return kept
    .map((chunks) => Buffer.concat(chunks).subarray(0, keptBytesMax))
    .filter((sample) => sample.length > 0)
}
