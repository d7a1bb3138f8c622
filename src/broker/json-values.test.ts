import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TypedValue } from '../protocol/amqp/field-table.ts'
import { headerFromJson, propertiesToJson, tableFromJson, tableToJson } from './json-values.ts'
import { Message } from './message.ts'
import { makeEnvelope } from './publish-target.ts'

function messageWith(properties: unknown): Message {
  const header = headerFromJson(properties, 0)
  const content = {
    header,
    headerStart: 0,
    headerEnd: header.length,
    body: header,
    bodyStart: 0,
    bodyEnd: 0,
  }
  return new Message(content, makeEnvelope('', 'q'), false, 0)
}

test('tables go to JSON and back', () => {
  const json = { text: 'a', count: 5, flag: true, nothing: null, list: [1, 'b'], inner: { x: 1.5 } }
  assert.deepEqual(tableToJson(tableFromJson(json)), json)
})

test('types that JSON lacks become the nearest one', () => {
  const table = { big: 5n, octets: new TypedValue('x', Buffer.from('hi')), not: Number.NaN }
  assert.deepEqual(tableToJson(table), { big: 5, octets: 'aGk=', not: null })
})

test('what is no object makes an empty table', () => {
  for (const value of [null, [], 'x', 3, undefined]) {
    assert.deepEqual(Object.keys(tableFromJson(value)), [])
  }
})

test('properties go to a content header and back under their names in the API', () => {
  const json = {
    content_type: 'text/plain',
    delivery_mode: 2,
    priority: 3,
    correlation_id: 'c',
    timestamp: 1700000000,
    headers: { a: 1, b: { c: 'd' } },
  }
  assert.deepEqual(propertiesToJson(messageWith(json)), json)
})

test('properties that do not fit are refused', () => {
  assert.throws(() => headerFromJson({ priority: 256 }, 0), RangeError)
  assert.throws(() => headerFromJson({ delivery_mode: 'two' }, 0), RangeError)
  assert.throws(() => headerFromJson({ type: 'x'.repeat(256) }, 0), RangeError)
  assert.throws(() => headerFromJson({ type: {} }, 0), RangeError)
})
