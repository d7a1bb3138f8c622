import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { MessageInfo } from '../api/types.ts'
import { bestView, hexDump, jsonTokens, prettyJson, preview, readPayload } from './payload.ts'

function message(bytes: Uint8Array | string, contentType?: string): MessageInfo {
  const isText = typeof bytes === 'string'
  return {
    exchange: '',
    routing_key: 'k',
    redelivered: false,
    payload: isText ? bytes : Buffer.from(bytes).toString('base64'),
    payload_encoding: isText ? 'string' : 'base64',
    payload_bytes: bytes.length,
    properties: contentType === undefined ? {} : { content_type: contentType },
  }
}

test('the way of looking follows the bytes, and what the publisher says', () => {
  assert.equal(bestView(readPayload(message('{"a":1}'))), 'json')
  assert.equal(bestView(readPayload(message('{not json', 'application/json'))), 'text')
  assert.equal(bestView(readPayload(message('12'))), 'text')
  assert.equal(bestView(readPayload(message(new Uint8Array([255, 0])))), 'hex')
  assert.equal(
    bestView(readPayload(message(new Uint8Array([0x81]), 'application/msgpack'))),
    'msgpack',
  )
  assert.equal(bestView(readPayload(message(Buffer.from('grüße')))), 'text')
})

test('pretty JSON means the same and keeps every digit', () => {
  fc.assert(
    fc.property(fc.oneof(fc.object(), fc.array(fc.jsonValue())), (value) => {
      const text = JSON.stringify(value)
      assert.deepEqual(JSON.parse(prettyJson(text) ?? ''), JSON.parse(text))
    }),
  )
  assert.equal(
    prettyJson('{"id":12345678901234567890,"e":{}}'),
    '{\n  "id": 12345678901234567890,\n  "e": {}\n}',
  )
  assert.equal(prettyJson('{"a":'), null)
})

test('tokens put together are the text again', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value, null, 2)
      assert.equal(
        jsonTokens(text)
          .map(([, part]) => part)
          .join(''),
        text,
      )
    }),
  )
  const kinds = jsonTokens('{"a": [true, "b: c", -1.5e3]}').filter(([kind]) => kind !== 'plain')
  assert.deepEqual(kinds, [
    ['key', '"a"'],
    ['word', 'true'],
    ['string', '"b: c"'],
    ['number', '-1.5e3'],
  ])
})

test('a hex dump shows offset, bytes and letters, and says what it leaves out', () => {
  const dump = hexDump(Buffer.from('Warren keeps going.'), 17)
  assert.deepEqual(dump.split('\n'), [
    '000000  57 61 72 72 65 6e 20 6b  65 65 70 73 20 67 6f 69  Warren keeps goi',
    '000010  6e                                                n',
    '… 2 B',
  ])
})

test('a preview is one line', () => {
  assert.equal(preview(message('a\n  b')), 'a b')
  assert.equal(preview(message(new Uint8Array([1, 255]))), '01 ff')
})
