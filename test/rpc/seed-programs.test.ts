// The published programs of RPC word for word (test/interop/seed-programs), with nothing changed but
// host and port: each client against a Warren server, each server against a Warren client.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Broker } from '../../src/index.ts'
import { amqp, connect, serve, service, xmlRpc, zerorpc } from '../../src/rpc/index.ts'
import { freePort } from '../support/free-port.ts'
import { missingPython, runPython, startPython } from './support/python.ts'

const programs = join(import.meta.dirname, '../interop/seed-programs')
const folder = mkdtempSync(join(tmpdir(), 'warren-seed-rpc-'))
after(() => rmSync(folder, { recursive: true, force: true }))

/** The program with this machine's host and port in place of the published ones. */
function adapted(name: string, port: number): string {
  const text = readFileSync(join(programs, name), 'utf8')
    .replace(/\b424[23]\b/g, String(port))
    .replace("'111', 5673", `'127.0.0.1', ${port}`)
    .replace('localhost', '127.0.0.1')
    .replace('0.0.0.0', '127.0.0.1')
  // Published as the second half of a file, whose first half has the imports.
  const imports = name === 'zerorpc_client.py' ? 'import time\nimport zerorpc\n' : ''
  const file = join(folder, `${port}-${name}`)
  writeFileSync(file, imports + text)
  return file
}

interface Article {
  getObj(): Record<string, number>
  sendObj(data: Record<string, number>): undefined
}

/** The class of the published servers, in TypeScript. */
class RpcServer implements Article {
  readonly received: Record<string, number>[] = []
  #calls = 0

  get calls(): number {
    return this.#calls
  }

  getObj(): Record<string, number> {
    this.#calls += 1
    return Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`server:${i}`, i]))
  }

  sendObj(data: Record<string, number>): undefined {
    this.received.push(data)
  }
}

const clientData = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`client:${i}`, i]))

async function callTheArticle(url: string, output: () => string): Promise<void> {
  await using client = connect<Article>(url)
  const data = await client.getObj()
  assert.deepEqual(data, new RpcServer().getObj())
  assert.equal(await client.sendObj(clientData), null)
  for (let tries = 0; tries < 500 && !output().includes("'client:99': 99"); tries++) {
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  assert.match(output(), /get data[\s\S]*send data[\s\S]*'client:99': 99/)
}

describe('the published programs', { skip: missingPython('venv') }, () => {
  for (const [name, transport, calls] of [
    ['xmlrpc', xmlRpc, 50],
    ['zerorpc', zerorpc, 500],
  ] as const) {
    test(`${name}_client.py is served by Warren`, async () => {
      const handlers = new RpcServer()
      await using server = await serve(service('RPCServer', handlers), [transport()])
      const [endpoint] = server.endpoints
      const file = adapted(`${name}_client.py`, Number(new URL(endpoint?.url ?? '').port))
      const output = await runPython(file, [])
      assert.match(output, /total time \d/)
      assert.equal(handlers.calls, calls)
      assert.equal(handlers.received.length, calls)
      assert.deepEqual({ ...handlers.received.at(-1) }, clientData)
    })

    test(`${name}_server.py is called by Warren`, async () => {
      const port = await freePort()
      const peer = await startPython(adapted(`${name}_server.py`, port), [], port)
      try {
        await callTheArticle(`${name}://127.0.0.1:${port}`, peer.output)
      } finally {
        await peer.stop()
      }
    })
  }

  describe('over the broker', () => {
    let broker: Broker
    before(async () => {
      broker = await Broker.start({ user: 'admin', password: '123456' })
    })
    after(() => broker.stop())

    test('rpc_client.py is served by Warren', async () => {
      const fib = (n: number): number => (n < 2 ? n : fib(n - 1) + fib(n - 2))
      const worker = service('Fibonacci', { fib })
      await using _ = await serve(worker, [amqp({ url: broker.url, queue: 'rpc_queue' })])
      assert.match(await runPython(adapted('rpc_client.py', broker.port), []), /832040/)
    })

    test('rpc_server.py is called by Warren', async () => {
      const peer = await startPython(adapted('rpc_server.py', broker.port), [])
      const url = `${broker.url}?queue=rpc_queue&profile=raw`
      await using client = connect<{ fib(n: number): number }>(url)
      try {
        const numbers = await Promise.all([0, 1, 10, 20].map((n) => client.fib(n)))
        assert.deepEqual(numbers, [0, 1, 55, 6765])
      } finally {
        await peer.stop()
      }
    })
  })
})
