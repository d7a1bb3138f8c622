// `warren rpc` as a user types it, against a server of each kind that needs no broker.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { after, before, describe, test } from 'node:test'
import { jsonRpc } from '../../rpc/json-rpc/server.ts'
import { type RpcServer, serve } from '../../rpc/serve.ts'
import { method, service } from '../../rpc/service.ts'
import { xmlRpc } from '../../rpc/xml-rpc/server.ts'

let server: RpcServer

before(async () => {
  const sample = service('Sample', {
    add: method({ doc: 'Adds two numbers.', idempotent: true }, (a: number, b: number) => a + b),
    echo: (value: unknown) => value,
    count: function* (n: number) {
      for (let i = 0; i < n; i++) yield i
    },
    fail: () => {
      throw new RangeError('out of the question')
    },
  })
  server = await serve(sample, [jsonRpc(), xmlRpc()])
})
after(() => server.close())

interface Result {
  readonly code: number | null
  readonly out: string
  readonly error: string
}

const program = `
  import { Command } from 'commander'
  import { registerRpcCommands } from '${import.meta.dirname}/register.ts'
  const program = new Command('warren')
  registerRpcCommands(program)
  await program.parseAsync(process.argv.slice(1), { from: 'user' })
`

function warren(...args: string[]): Promise<Result> {
  return new Promise((resolve) => {
    const flags = ['--input-type=module', '--eval', program, '--', ...args]
    const child = spawn(process.execPath, flags, { cwd: import.meta.dirname })
    let out = ''
    let error = ''
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString()
    })
    child.stderr.on('data', (chunk: Buffer) => {
      error += chunk.toString()
    })
    child.on('close', (code) => resolve({ code, out, error }))
  })
}

describe('warren rpc', () => {
  test('call prints the result as JSON', async () => {
    const url = server.url('json-rpc')
    assert.deepEqual(await warren('rpc', 'call', url, 'add', '2', '3'), {
      code: 0,
      out: '5\n',
      error: '',
    })
    const { out } = await warren('rpc', 'call', server.url('xml-rpc'), 'echo', '{"a": [1, "x"]}')
    assert.deepEqual(JSON.parse(out), { a: [1, 'x'] })
    const text = await warren('rpc', 'call', url, 'echo', '12', '--text')
    assert.equal(text.out, '"12"\n')
  })

  test('call prints a stream item by item', async () => {
    const url = server.url('json-rpc').replace('http', 'ws')
    assert.equal((await warren('rpc', 'call', url, 'count', '3')).out, '0\n1\n2\n')
  })

  test('an error goes to standard error and fails the command', async () => {
    const { code, out, error } = await warren('rpc', 'call', server.url('json-rpc'), 'fail')
    assert.equal(code, 1)
    assert.equal(out, '')
    assert.match(error, /^UNKNOWN \(2\): out of the question/)
    const unknown = await warren('rpc', 'call', server.url('json-rpc'), 'nope')
    assert.match(unknown.error, /^UNIMPLEMENTED \(12\)/)
  })

  test('list and describe say what is served', async () => {
    const url = server.url('json-rpc')
    assert.deepEqual((await warren('rpc', 'list', url)).out.trim().split('\n'), [
      'add',
      'echo',
      'count',
      'fail',
    ])
    const { out } = await warren('rpc', 'describe', url, 'add')
    assert.match(out, /^add\(a, b\) {2}\[idempotent\]\n {4}Adds two numbers\.\n/)
    assert.equal((await warren('rpc', 'describe', url, 'nope')).code, 1)
  })

  test('bench measures', async () => {
    const url = server.url('json-rpc')
    const args = ['--duration', '0.2', '--in-flight', '4']
    const { code, out } = await warren('rpc', 'bench', url, 'add', '1', '2', ...args)
    assert.equal(code, 0)
    assert.match(out, /^\d+ calls\/s, 4 in flight/)
    assert.match(out, /p99 /)
  })

  test('wrong usage is told before anything is sent', async () => {
    const { code, error } = await warren('rpc', 'call', 'gopher://x', 'y')
    assert.equal(code, 2)
    assert.match(error, /no transport for gopher/)
    assert.equal((await warren('rpc', 'list', 'http://127.0.0.1:1', '--timeout', 'x')).code, 2)
  })
})
