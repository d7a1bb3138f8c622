// XML-RPC against Python's standard library, both ways.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { connect, double, method, RpcError, serve, service, xmlRpc } from '../../src/rpc/index.ts'
import { freePort } from '../support/free-port.ts'
import { examplePath, missingPython, peerPath, runPython, startPython } from './support/python.ts'

interface Echo {
  echo(value: unknown): unknown
  understood(value: unknown): string
  add(a: number, b: number): number
  value_error(): never
  fault(): never
}

const echoService = service('Echo', {
  echo: (value: unknown) => value,
  add: method({ doc: 'Adds two numbers.' }, (a: number, b: number) => a + b),
  fails: () => {
    throw new RangeError('out of range')
  },
  faults: () => {
    throw new RpcError('ABORTED', 'the answer', { details: { faultCode: 42 } })
  },
  _hidden: () => 'secret',
})

describe('XML-RPC and Python', { skip: missingPython('python3') }, () => {
  test("Python's client and a Warren server agree on every type", async () => {
    const transport = xmlRpc({ timeZone: 'local', nonFinite: true })
    await using server = await serve(echoService, [transport])
    const { port } = new URL(server.url('xml-rpc'))
    assert.match(await runPython(peerPath('xmlrpc_matrix.py'), [port, '-32601']), /all equal/)
  })

  test("with Python's faults a Warren server says what Python's says", async () => {
    const transport = xmlRpc({ timeZone: 'local', nonFinite: true, faults: 'python' })
    await using server = await serve(echoService, [transport])
    const { port } = new URL(server.url('xml-rpc'))
    assert.match(await runPython(peerPath('xmlrpc_matrix.py'), [port, '1']), /all equal/)
  })

  test("a Warren client and Python's server agree on every type", async () => {
    const port = await freePort()
    const peer = await startPython(peerPath('xmlrpc_echo.py'), [String(port)], port)
    await using client = connect<Echo>(`xmlrpc://127.0.0.1:${port}`, {
      xmlRpc: { timeZone: 'utc', nonFinite: true },
    })
    try {
      const values: unknown[] = [
        0,
        -1,
        2147483647,
        -2147483648,
        true,
        false,
        null,
        '',
        'plain',
        'grüße 世界 🐇',
        '<&>"\'\n\t',
        1.5,
        1e300,
        5e-324,
        Number.POSITIVE_INFINITY,
        Number.NaN,
        new Date(Date.UTC(1998, 6, 17, 14, 8, 55)),
        [1, [2, [3, []]]],
        { a: 1, b: { c: [null, true] } },
        Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`k${i}`, i])),
      ]
      for (const value of values) assert.deepEqual(await client.echo(value), value)
      const bytes = Buffer.from([0, 1, 254, 255])
      assert.deepEqual(Buffer.from((await client.echo(bytes)) as Uint8Array), bytes)
      assert.equal(await client.understood(3), 'int 3')
      assert.equal(await client.understood(double(3)), 'float 3.0')
      assert.equal(await client.understood(Buffer.from('ab')), "bytes b'ab'")
      // Python does not escape a CR itself, so only the way there can be told.
      assert.equal(await client.understood('a\rb'), "str 'a\\rb'")
      assert.equal(await client.understood(undefined), 'NoneType None')
      assert.equal(
        await client.understood(new Date(Date.UTC(1998, 6, 17, 14, 8, 55))),
        'datetime datetime.datetime(1998, 7, 17, 14, 8, 55)',
      )
      const eight = connect<Echo>(`xmlrpc://127.0.0.1:${port}`, { xmlRpc: { largeIntegers: 'i8' } })
      assert.equal(await eight.understood(2 ** 40), `int ${2 ** 40}`)
      await eight.$close()
      await assert.rejects(client.echo(2 ** 40), { code: 'INVALID_ARGUMENT' })
      await assert.rejects(client.value_error(), (error: RpcError) => {
        assert.equal(error.message, 'bad <value>')
        return error.remote?.name === 'ValueError'
      })
      await assert.rejects(client.fault(), { message: 'the answer', code: 'UNKNOWN' })
      await assert.rejects(client.$call('nope'), { code: 'UNIMPLEMENTED' })
      const batch = await client.$batch((each) => [each.add(1, 2), each.fault()])
      assert.deepEqual(
        batch.map((each) => each.status),
        ['fulfilled', 'rejected'],
      )
      const { methods } = await client.$describe()
      assert.equal(methods.find((each) => each.name === 'add')?.doc, 'Adds two numbers.')
    } finally {
      await peer.stop()
    }
  })

  test("the article's client runs against a Warren server", async () => {
    let received: unknown
    const data = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`server:${i}`, i]))
    const article = service('RPCServer', {
      getObj: () => data,
      sendObj: (given: unknown) => {
        received = given
      },
    })
    await using server = await serve(article, [xmlRpc()])
    const { port } = new URL(server.url('xml-rpc'))
    const output = await runPython(examplePath('xmlrpc_client.py'), ['127.0.0.1', port])
    assert.match(output, /xmlrpc total time/)
    assert.match(output, /'server:99': 99/)
    assert.equal((received as Record<string, number>)['client:99'], 99)
  })

  test("a Warren client calls the article's server", async () => {
    const port = await freePort()
    const peer = await startPython(
      examplePath('xmlrpc_server.py'),
      ['127.0.0.1', String(port)],
      port,
    )
    await using client = connect(`xmlrpc://127.0.0.1:${port}`)
    try {
      const data = (await client.$call('getObj')) as Record<string, number>
      assert.equal(Object.keys(data).length, 100)
      assert.equal(data['server:42'], 42)
      assert.equal(await client.$call('sendObj', [{ 'client:1': 1 }]), null)
      const { methods } = await client.$describe()
      assert.ok(methods.some((each) => each.name === 'getObj'))
    } finally {
      await peer.stop()
    }
  })
})
