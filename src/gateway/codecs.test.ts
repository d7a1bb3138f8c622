import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { MessagePackCodec } from '../rpc/message-pack/codec.ts'
import { type Codec, createCodecs, type Question } from './codecs.ts'

const codecs = createCodecs()

function question(args: readonly unknown[], named?: Record<string, unknown>): Question {
  return { method: 'fib', args, named, id: '1' }
}

const result = (codec: Codec, body: string | Buffer): unknown => {
  const reply = codec.decode(Buffer.from(body), {})
  assert.equal(reply.kind, 'result')
  return reply.kind === 'result' ? reply.value : undefined
}

describe('text', () => {
  const { text } = codecs

  test('is the one argument as it reads best', () => {
    for (const [args, body] of [
      [[30], '30'],
      [['grüße'], 'grüße'],
      [[true], 'true'],
      [[null], 'null'],
      [[{ a: 1 }], '{"a":1}'],
      [[2n ** 60n], '"1152921504606846976"'],
      [[], ''],
    ] as const) {
      assert.equal(text.encode(question(args)).toString(), body)
    }
    assert.equal(text.encode(question([], { n: 30 })).toString(), '30')
    assert.deepEqual(text.encode(question([Buffer.from([0, 255])])), Buffer.from([0, 255]))
    assert.throws(() => text.encode(question([1, 2])), { code: 'INVALID_ARGUMENT' })
    assert.throws(() => text.encode(question([], { a: 1, b: 2 })), { code: 'INVALID_ARGUMENT' })
  })

  test('comes back as a number only if it is written as one', () => {
    for (const [body, value] of [
      ['832040', 832040],
      ['-0.5', -0.5],
      ['1e5', '1e5'],
      ['0x10', '0x10'],
      [' 1', ' 1'],
      ['12345678901234567890', '12345678901234567890'],
    ] as const) {
      assert.equal(result(text, body), value)
    }
    assert.deepEqual(result(text, Buffer.from([0xff, 0xfe])), Buffer.from([0xff, 0xfe]))
  })
})

describe('protobuf', () => {
  test('is bytes and nothing else', () => {
    const bytes = Buffer.from([8, 42])
    assert.deepEqual(codecs.protobuf.encode(question([bytes])), bytes)
    assert.deepEqual(result(codecs.protobuf, bytes), bytes)
    assert.throws(() => codecs.protobuf.encode(question(['text'])), { code: 'INVALID_ARGUMENT' })
  })
})

describe('objects', () => {
  test('carry method and arguments, by position or by name', () => {
    const packer = new MessagePackCodec()
    for (const [codec, read] of [
      [codecs.json, (body: Buffer): unknown => JSON.parse(body.toString())],
      [codecs['message-pack'], (body: Buffer): unknown => packer.decode(body)],
    ] as const) {
      const asked = read(codec.encode(question([1, 'a'])))
      assert.deepEqual(asked, { jsonrpc: '2.0', method: 'fib', params: [1, 'a'], id: '1' })
      const told = read(codec.encode({ ...question([], { n: 1 }), id: null }))
      assert.deepEqual(told, { jsonrpc: '2.0', method: 'fib', params: { n: 1 } })
    }
  })

  test('parts of a stream are told apart by a header', () => {
    const body = Buffer.from('{"jsonrpc":"2.0","result":5}')
    const kind = (part: string): string => codecs.json.decode(body, { 'x-rpc-stream': part }).kind
    assert.deepEqual(['open', 'item', 'end', 'else'].map(kind), ['open', 'item', 'end', 'result'])
  })

  test('an error of null is none, as older JSON-RPC has it', () => {
    assert.equal(result(codecs.json, '{"result":5,"error":null}'), 5)
  })
})
