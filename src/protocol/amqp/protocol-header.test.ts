import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ProtocolHeader, readProtocolHeader } from './protocol-header.ts'

const read = (text: string, start = 0): ProtocolHeader => {
  const bytes = Buffer.from(text, 'latin1')
  return readProtocolHeader(bytes, start, bytes.length)
}

test('AMQP 0-9-1 is accepted, and 0-9 as if it were', () => {
  assert.equal(read('AMQP\x00\x00\x09\x01'), ProtocolHeader.accepted)
  assert.equal(read('AMQP\x01\x01\x00\x09'), ProtocolHeader.accepted)
  assert.equal(read('..AMQP\x00\x00\x09\x01more', 2), ProtocolHeader.accepted)
})

test('anything else is refused once it has eight octets', () => {
  const others = [
    'AMQP\x00\x00\x09\x02',
    'AMQP\x00\x01\x00\x00',
    'AMQP\x03\x01\x00\x00',
    'AMQP\x01\x01\x08\x00',
    'GET / HTTP/1.1\r\n',
    '\x16\x03\x01\x02\x00\x01\x00\x01',
    'amqp\x00\x00\x09\x01',
  ]
  for (const other of others) assert.equal(read(other), ProtocolHeader.refused, other)
})

test('fewer than eight octets decide nothing', () => {
  for (const text of ['', 'AMQP', 'AMQP\x00\x00\x09', 'GET / ']) {
    assert.equal(read(text), ProtocolHeader.incomplete)
  }
})
