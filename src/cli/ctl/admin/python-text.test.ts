import assert from 'node:assert/strict'
import { test } from 'node:test'
import { jsonText, parseJson, plainText, prettyJsonText } from './python-text.ts'

test('numbers keep what Python would print', () => {
  for (const [json, text] of [
    ['1', '1'],
    ['1.0', '1.0'],
    ['-0.0', '-0.0'],
    ['0.30', '0.3'],
    ['12345678901234567890', '12345678901234567890'],
    ['1e5', '100000.0'],
    ['1e16', '1e+16'],
    ['123456789012345678.0', '1.2345678901234568e+17'],
    ['0.0001', '0.0001'],
    ['0.00001234', '1.234e-05'],
    ['1e-10', '1e-10'],
  ] as const) {
    assert.equal(plainText(parseJson(json)), text, json)
  }
})

test('values read as Python’s', () => {
  const value = parseJson('[true, false, null, "ü\\u007f", {"b": [1, 2.0], "a": {}}]')
  assert.equal(jsonText(value), '[true, false, null, "\\u00fc\\u007f", {"b": [1, 2.0], "a": {}}]')
  assert.equal(
    prettyJsonText(value),
    '[\n  true,\n  false,\n  null,\n  "ü\u007f",\n  {\n    "a": {},\n    "b": [\n      1,\n      2.0\n    ]\n  }\n]',
  )
  assert.deepEqual(
    ['true', 'null', '"x"'].map((text) => plainText(parseJson(text))),
    ['True', null, 'x'],
  )
})
