import assert from 'node:assert/strict'
import { test } from 'node:test'
import { frameText, octetNumbers } from './octets-text.ts'

const text = (octets: string | number[], type = 1): string => {
  const bytes = Buffer.from(octets as string, 'latin1')
  return frameText(type, { bytes, start: 0, end: bytes.length })
}

test('frames are named as Erlang prints them', () => {
  assert.equal(text([]), 'type 1, all octets = <<>>')
  assert.equal(text([1, 2, 3], 99), 'type 99, all octets = <<1,2,3>>')
  assert.equal(text('abc'), 'type 1, all octets = <<"abc">>')
  assert.equal(text('a"b\\\n\x1b'), 'type 1, all octets = <<"a\\"b\\\\\\n\\e">>')
  assert.equal(text('0123456789abcdef'), 'type 1, all octets = <<"0123456789abcdef">>')
  assert.equal(text('0123456789abcdefg'), 'type 1, first 16 octets = <<"0123456789abcdef">>')
  assert.equal(text([127]), 'type 1, all octets = <<127>>')
})

test('numbers stay numbers, and long runs of them end', () => {
  assert.equal(octetNumbers(Buffer.from('xab'), 1, 3), '<<97,98>>')
  assert.ok(octetNumbers(Buffer.alloc(100_000), 0, 100_000).length < 300)
})
