import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encode } from '@msgpack/msgpack'
import { messagePackText } from './message-pack.ts'

test('MessagePack is shown as JSON, 64-bit numbers and bytes included', () => {
  const bytes = encode({ id: 2n ** 60n, raw: new Uint8Array(3), ok: true }, { useBigInt64: true })
  assert.deepEqual(JSON.parse(messagePackText(bytes)), {
    id: '1152921504606846976',
    raw: '<3 B>',
    ok: true,
  })
})

test('bytes that are no MessagePack are refused', () => {
  assert.throws(() => messagePackText(new Uint8Array([0xc1])))
})
