// JSON-RPC 2.0: the examples of the specification, and what implementations get wrong.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { noMetadata } from '../call.ts'
import { ServiceDispatcher } from '../dispatcher.ts'
import { service } from '../service.ts'
import { type Caller, JsonRpcHandler } from './handler.ts'

const notified: string[] = []
const dispatcher = new ServiceDispatcher([
  service('Examples', {
    subtract: (minuend: number, subtrahend: number) => minuend - subtrahend,
    sum: (a: number, b: number, c: number) => a + b + c,
    update: (..._values: number[]) => {
      notified.push('update')
    },
    notify_hello: (_n: number) => {
      notified.push('hello')
    },
    notify_sum: (_a: number, _b: number, _c: number) => {},
    get_data: () => ['hello', 5],
    fails: () => {
      throw new Error('secret')
    },
    echo: (value: unknown) => value,
    count: function* () {
      yield 1
      yield 2
    },
  }),
])
const handler = new JsonRpcHandler(dispatcher, { batchMax: 10 })
const caller: Caller = {
  transport: 'test',
  peer: '',
  principal: undefined,
  metadata: noMetadata,
  timeoutMs: undefined,
  started: () => {},
  ended: () => {},
}

const raw = (text: string): Promise<string | undefined> => handler.answer(text, caller)
async function answer(text: string): Promise<unknown> {
  const reply = await raw(text)
  return reply === undefined ? undefined : JSON.parse(reply)
}

/** Only what the specification fixes: our messages and data may say more. */
function fixed(response: unknown): unknown {
  if (Array.isArray(response)) return response.map(fixed)
  const { jsonrpc, result, error, id } = response as Record<string, unknown>
  assert.equal(jsonrpc, '2.0')
  if (error === undefined) return { result, id }
  const { code, message } = error as { code: number; message: string }
  assert.equal(typeof message, 'string')
  return { error: code, id }
}

describe('the examples of the specification', () => {
  const examples: [string, string, unknown][] = [
    [
      'positional parameters',
      '{"jsonrpc": "2.0", "method": "subtract", "params": [42, 23], "id": 1}',
      { result: 19, id: 1 },
    ],
    [
      'positional parameters, turned',
      '{"jsonrpc": "2.0", "method": "subtract", "params": [23, 42], "id": 2}',
      { result: -19, id: 2 },
    ],
    [
      'named parameters',
      '{"jsonrpc": "2.0", "method": "subtract", "params": {"subtrahend": 23, "minuend": 42}, "id": 3}',
      { result: 19, id: 3 },
    ],
    [
      'named parameters, turned',
      '{"jsonrpc": "2.0", "method": "subtract", "params": {"minuend": 42, "subtrahend": 23}, "id": 4}',
      { result: 19, id: 4 },
    ],
    ['a notification', '{"jsonrpc": "2.0", "method": "update", "params": [1,2,3,4,5]}', undefined],
    ['a notification of nothing', '{"jsonrpc": "2.0", "method": "foobar"}', undefined],
    [
      'a method that does not exist',
      '{"jsonrpc": "2.0", "method": "foobar", "id": "1"}',
      { error: -32601, id: '1' },
    ],
    [
      'invalid JSON',
      '{"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz]',
      { error: -32700, id: null },
    ],
    [
      'an invalid request',
      '{"jsonrpc": "2.0", "method": 1, "params": "bar"}',
      { error: -32600, id: null },
    ],
    [
      'a batch that is invalid JSON',
      '[{"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"},{"jsonrpc": "2.0", "method"]',
      { error: -32700, id: null },
    ],
    ['an empty batch', '[]', { error: -32600, id: null }],
    ['a batch that is invalid but not empty', '[1]', [{ error: -32600, id: null }]],
    ['an invalid batch', '[1,2,3]', [1, 2, 3].map(() => ({ error: -32600, id: null }))],
    [
      'a batch',
      `[{"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"},
        {"jsonrpc": "2.0", "method": "notify_hello", "params": [7]},
        {"jsonrpc": "2.0", "method": "subtract", "params": [42,23], "id": "2"},
        {"foo": "boo"},
        {"jsonrpc": "2.0", "method": "foo.get", "params": {"name": "myself"}, "id": "5"},
        {"jsonrpc": "2.0", "method": "get_data", "id": "9"}]`,
      [
        { result: 7, id: '1' },
        { result: 19, id: '2' },
        { error: -32600, id: null },
        { error: -32601, id: '5' },
        { result: ['hello', 5], id: '9' },
      ],
    ],
    [
      'a batch of notifications',
      '[{"jsonrpc": "2.0", "method": "notify_sum", "params": [1,2,4]},{"jsonrpc": "2.0", "method": "notify_hello", "params": [7]}]',
      undefined,
    ],
  ]
  for (const [name, request, expected] of examples) {
    test(name, async () => {
      const response = await answer(request)
      assert.deepEqual(response === undefined ? undefined : fixed(response), expected)
    })
  }

  test('notifications are executed', () => {
    assert.ok(notified.includes('update') && notified.includes('hello'))
  })
})

describe('what the specification says between its examples', () => {
  const request = (rest: string): string => `{"jsonrpc":"2.0","method":"echo",${rest}}`

  test('an id is repeated digit for digit', async () => {
    for (const id of [
      '1',
      '1.5',
      '1.0',
      '-0',
      '12345678901234567890',
      '"x"',
      '""',
      'null',
      '1e3',
    ]) {
      const reply = await raw(request(`"params":["v"],"id":${id}`))
      assert.equal(reply, `{"jsonrpc":"2.0","result":"v","id":${id}}`)
    }
  })

  test('an id in a batch, or beside members of its name, is repeated digit for digit', async () => {
    const batch = ['1.0', '1', '2e0', '"1"', 'null'].map((id) => request(`"id": ${id},"params":[]`))
    const reply = await raw(`[${batch.join(' , ')}]`)
    const ids = [...(reply ?? '').matchAll(/"id":([^}]+)\}/g)].map(([, id]) => id)
    assert.deepEqual(ids, ['1.0', '1', '2e0', '"1"', 'null'])
    const inner = await raw(request('"params":[{"id":1.00}],"id":1,"meta":{"id":1.000}'))
    assert.equal(inner, '{"jsonrpc":"2.0","result":{"id":1},"id":1}')
  })

  test('the ids of a batch cost one more look at the text, not one each', async () => {
    const large = new JsonRpcHandler(dispatcher, { batchMax: 1000 })
    const entry = request(`"params":["${'x'.repeat(3000)}"],"id": 1.0`)
    const batch = `[${Array.from({ length: 600 }, () => entry).join(',')}]`
    const startMs = performance.now()
    await large.answer(batch, caller)
    const tookMs = performance.now() - startMs
    // A look takes some 20 ms; six hundred of them would take ten seconds and more.
    assert.ok(tookMs < 4000, `${tookMs} ms`)
  })

  test('an id of another type is an invalid request', async () => {
    for (const id of ['{}', '[]', 'true']) {
      assert.deepEqual(fixed(await answer(request(`"id":${id}`))), { error: -32600, id: null })
    }
  })

  test('an invalid request with an id is answered under it', async () => {
    for (const text of [
      '{"jsonrpc":"1.0","method":"echo","id":7}',
      '{"method":"echo","id":7}',
      '{"jsonrpc":"2.0","id":7}',
      '{"jsonrpc":"2.0","method":1,"id":7}',
      '{"jsonrpc":"2.0","method":"echo","params":"x","id":7}',
      '{"jsonrpc":"2.0","method":"echo","params":null,"id":7}',
    ]) {
      assert.deepEqual(fixed(await answer(text)), { error: -32600, id: 7 }, text)
    }
  })

  test('wrong arguments are -32602', async () => {
    const named = '{"jsonrpc":"2.0","method":"subtract","params":{"nope":1},"id":1}'
    assert.deepEqual(fixed(await answer(named)), { error: -32602, id: 1 })
    const tooMany = '{"jsonrpc":"2.0","method":"subtract","params":[1,2,3],"id":1}'
    assert.deepEqual(fixed(await answer(tooMany)), { error: -32602, id: 1 })
  })

  test('an exception is -32603', async () => {
    const failing = '{"jsonrpc":"2.0","method":"fails","id":1}'
    assert.deepEqual(fixed(await answer(failing)), { error: -32603, id: 1 })
  })

  test('no prototype member and no reserved name is a method', async () => {
    for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty', 'rpc.x', '']) {
      const text = JSON.stringify({ jsonrpc: '2.0', method: name, id: 1 })
      assert.deepEqual(fixed(await answer(text)), { error: -32601, id: 1 }, name)
    }
  })

  test('a result that is undefined is null, and present', async () => {
    const reply = await raw('{"jsonrpc":"2.0","method":"notify_sum","params":[1,2,3],"id":1}')
    assert.equal(reply, '{"jsonrpc":"2.0","result":null,"id":1}')
  })

  test('what JSON cannot carry is an error, not null', async () => {
    const infinite = '{"jsonrpc":"2.0","method":"subtract","params":[1e308,-1e308],"id":1}'
    assert.deepEqual(fixed(await answer(infinite)), { error: -32602, id: 1 })
  })

  test('depth and batches are limited', async () => {
    const deep = `{"jsonrpc":"2.0","method":"echo","params":[${'['.repeat(200)}${']'.repeat(200)}],"id":1}`
    assert.deepEqual(fixed(await answer(deep)), { error: -32700, id: null })
    const batch = JSON.stringify(Array.from({ length: 11 }, () => ({ jsonrpc: '2.0' })))
    assert.deepEqual(fixed(await answer(batch)), { error: -32600, id: null })
    const brackets = JSON.stringify({
      jsonrpc: '2.0',
      method: 'echo',
      params: ['['.repeat(500)],
      id: 1,
    })
    assert.deepEqual(fixed(await answer(brackets)), { result: '['.repeat(500), id: 1 })
  })

  test('two requests with one id are both answered', async () => {
    const twice = `[${request('"params":[1],"id":5')},${request('"params":[2],"id":5')}]`
    assert.deepEqual(fixed(await answer(twice)), [
      { result: 1, id: 5 },
      { result: 2, id: 5 },
    ])
  })

  test('rpc.discover gives an OpenRPC document', async () => {
    const { result } = (await answer('{"jsonrpc":"2.0","method":"rpc.discover","id":1}')) as {
      result: { openrpc: string; methods: { name: string; params: { name: string }[] }[] }
    }
    assert.match(result.openrpc, /^1\./)
    const subtract = result.methods.find((each) => each.name === 'subtract')
    assert.deepEqual(
      subtract?.params.map((each) => each.name),
      ['minuend', 'subtrahend'],
    )
  })

  test('without a transport for streams the items are the result', async () => {
    assert.deepEqual(fixed(await answer('{"jsonrpc":"2.0","method":"count","id":1}')), {
      result: [1, 2],
      id: 1,
    })
  })
})
