// The examples of the JSON-RPC 2.0 specification, section 7, byte for byte as they are printed there,
// over HTTP and over WebSocket. A peer that knows nothing of Warren sends them.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { WebSocket } from 'ws'
import { jsonRpc, type RpcServer, serve, service } from '../../src/rpc/index.ts'

interface Example {
  readonly name: string
  readonly sent: string
  /** Undefined: nothing at all is answered. */
  readonly received?: unknown
}

const failure = (code: number, message: string, id: string | null): unknown => ({
  jsonrpc: '2.0',
  error: { code, message },
  id,
})
const result = (value: unknown, id: number | string): unknown => ({
  jsonrpc: '2.0',
  result: value,
  id,
})
const parseError = failure(-32700, 'Parse error', null)
const invalid = failure(-32600, 'Invalid Request', null)

const examples: readonly Example[] = [
  {
    name: 'positional parameters',
    sent: '{"jsonrpc": "2.0", "method": "subtract", "params": [42, 23], "id": 1}',
    received: result(19, 1),
  },
  {
    name: 'positional parameters in the other order',
    sent: '{"jsonrpc": "2.0", "method": "subtract", "params": [23, 42], "id": 2}',
    received: result(-19, 2),
  },
  {
    name: 'named parameters',
    sent: '{"jsonrpc": "2.0", "method": "subtract", "params": {"subtrahend": 23, "minuend": 42}, "id": 3}',
    received: result(19, 3),
  },
  {
    name: 'named parameters in the other order',
    sent: '{"jsonrpc": "2.0", "method": "subtract", "params": {"minuend": 42, "subtrahend": 23}, "id": 4}',
    received: result(19, 4),
  },
  {
    name: 'a notification',
    sent: '{"jsonrpc": "2.0", "method": "update", "params": [1,2,3,4,5]}',
  },
  {
    name: 'a notification of a method that does not exist',
    sent: '{"jsonrpc": "2.0", "method": "foobar"}',
  },
  {
    name: 'a call of a method that does not exist',
    sent: '{"jsonrpc": "2.0", "method": "foobar", "id": "1"}',
    received: failure(-32601, 'Method not found', '1'),
  },
  {
    name: 'invalid JSON',
    sent: '{"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz]',
    received: parseError,
  },
  {
    name: 'an invalid request object',
    sent: '{"jsonrpc": "2.0", "method": 1, "params": "bar"}',
    received: invalid,
  },
  {
    name: 'a batch that is invalid JSON',
    sent: `[
  {"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"},
  {"jsonrpc": "2.0", "method"
]`,
    received: parseError,
  },
  { name: 'an empty array', sent: '[]', received: invalid },
  { name: 'an invalid batch that is not empty', sent: '[1]', received: [invalid] },
  { name: 'an invalid batch', sent: '[1,2,3]', received: [invalid, invalid, invalid] },
  {
    name: 'a batch',
    sent: `[
        {"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"},
        {"jsonrpc": "2.0", "method": "notify_hello", "params": [7]},
        {"jsonrpc": "2.0", "method": "subtract", "params": [42,23], "id": "2"},
        {"foo": "boo"},
        {"jsonrpc": "2.0", "method": "foo.get", "params": {"name": "myself"}, "id": "5"},
        {"jsonrpc": "2.0", "method": "get_data", "id": "9"}
    ]`,
    received: [
      result(7, '1'),
      result(19, '2'),
      invalid,
      failure(-32601, 'Method not found', '5'),
      result(['hello', 5], '9'),
    ],
  },
  {
    name: 'a batch of notifications',
    sent: `[
        {"jsonrpc": "2.0", "method": "notify_sum", "params": [1,2,4]},
        {"jsonrpc": "2.0", "method": "notify_hello", "params": [7]}
    ]`,
  },
]

const notified: string[] = []
const specified = service('Specified', {
  subtract: (minuend: number, subtrahend: number) => minuend - subtrahend,
  sum: (a: number, b: number, c: number) => a + b + c,
  get_data: () => ['hello', 5],
  update: (...values: number[]) => {
    notified.push(`update ${values}`)
  },
  notify_hello: (n: number) => {
    notified.push(`notify_hello ${n}`)
  },
  notify_sum: (a: number, b: number, c: number) => {
    notified.push(`notify_sum ${a + b + c}`)
  },
})

/** The specification fixes code and kind of message; the words behind the code are ours to choose. */
function withoutWords(response: unknown): unknown {
  if (Array.isArray(response)) return response.map(withoutWords)
  const { error, ...rest } = response as { error?: { code: number; message: string } }
  if (error === undefined) return rest
  assert.equal(typeof error.message, 'string')
  return { ...rest, error: { code: error.code } }
}

let server: RpcServer
before(async () => {
  server = await serve(specified, [jsonRpc()])
})
after(() => server.close({ graceMs: 0 }))

type Ask = (text: string, isAnswered: boolean) => Promise<string | undefined>

async function overHttp(text: string): Promise<string | undefined> {
  const response = await fetch(server.url('json-rpc'), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: text,
  })
  const body = await response.text()
  assert.equal(response.status, body === '' ? 204 : 200)
  return body === '' ? undefined : body
}

/** Silence cannot be waited for: instead, a call that is sent later must be the first to be answered. */
async function overWebSocket(text: string, isAnswered: boolean): Promise<string | undefined> {
  const later = '{"jsonrpc":"2.0","method":"subtract","params":[1,1],"id":"later"}'
  const socket = new WebSocket(server.url('json-rpc').replace('http:', 'ws:'))
  const answer = await new Promise<string>((resolve, reject) => {
    socket.on('error', reject)
    socket.on('open', () => {
      socket.send(text)
      if (!isAnswered) socket.send(later)
    })
    socket.once('message', (data: Buffer) => resolve(data.toString()))
  })
  socket.terminate()
  return answer === '{"jsonrpc":"2.0","result":0,"id":"later"}' ? undefined : answer
}

for (const [wire, ask] of [
  ['HTTP', overHttp],
  ['WebSocket', overWebSocket],
] as const satisfies readonly (readonly [string, Ask])[]) {
  describe(`JSON-RPC 2.0, the examples of its specification over ${wire}`, () => {
    before(() => notified.splice(0))

    for (const { name, sent, received } of examples) {
      test(name, async () => {
        const answer = await ask(sent, received !== undefined)
        if (received === undefined) assert.equal(answer, undefined)
        else {
          assert.ok(answer !== undefined, 'no answer')
          assert.deepEqual(withoutWords(JSON.parse(answer)), withoutWords(received))
        }
      })
    }

    test('every notification was executed once', () => {
      assert.deepEqual(notified.toSorted(), [
        'notify_hello 7',
        'notify_hello 7',
        'notify_sum 7',
        'update 1,2,3,4,5',
      ])
    })
  })
}
