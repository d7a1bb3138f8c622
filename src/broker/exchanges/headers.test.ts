import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  type AnyTypedValue,
  emptyTable,
  type FieldTable,
  TypedValue,
} from '../../protocol/amqp/field-table.ts'
import type { Binding } from './binding.ts'
import { headers } from './headers.ts'

function matches(args: FieldTable, message: FieldTable): boolean {
  const router = headers.create({})
  const destination = { kind: 'exchange', name: 'd', durable: false } as const
  const binding: Binding = {
    source: 'x',
    destination,
    routingKey: '',
    arguments: args,
    identity: '',
  }
  router.add(binding)
  let found = false
  const table = Object.assign(emptyTable(), message)
  router.route({ routingKey: '', headers: () => table }, () => {
    found = true
  })
  return found
}

const typed = (letter: 'l' | 'd' | 's' | 'b' | 'f' | 'T', value: number): FieldTable => ({
  a: new TypedValue(letter, value) as AnyTypedValue,
})

/** Arguments, headers, and whether RabbitMQ takes them for a match. */
const table: readonly [FieldTable, FieldTable, boolean][] = [
  [{}, {}, true],
  [{}, { b: 1 }, true],
  [{ 'x-match': 'all' }, {}, true],
  [{ 'x-match': 'any' }, {}, false],
  [{ 'x-match': 'any' }, { a: 1 }, false],
  [{ 'x-match': 'any', 'x-foo': 1 }, { 'x-foo': 1 }, false],
  [{ 'x-match': 'all', 'x-foo': 1 }, {}, true],
  [{ 'x-match': 'any-with-x', 'x-foo': 1 }, { 'x-foo': 1 }, true],
  [{ 'x-match': 'all-with-x', 'x-foo': 1 }, { 'x-foo': 2 }, false],
  [{ 'x-match': 'all-with-x', 'x-foo': 1 }, { 'x-foo': 1 }, true],
  [{ a: 1, b: 2 }, { a: 1, b: 2, c: 3 }, true],
  [{ a: 1, b: 2 }, { a: 1 }, false],
  [{ 'x-match': 'any', a: 1, b: 2 }, { b: 2 }, true],
  [{ 'x-match': 'any', a: 1, b: 2 }, { b: 3 }, false],
  // Numbers compare by value, whatever their types.
  ...(['l', 's', 'b', 'd', 'f', 'T'] as const).map((letter): [FieldTable, FieldTable, boolean] => [
    { a: 1 },
    typed(letter, 1),
    true,
  ]),
  [typed('l', 1), { a: 1 }, true],
  [typed('d', 1), { a: 1 }, true],
  [{ a: 1 }, { a: 2 }, false],
  [{ a: 9007199254740993n }, { a: 9007199254740993n }, true],
  [{ a: 1 }, { a: true }, false],
  [{ a: 1 }, { a: '1' }, false],
  [{ a: '1' }, { a: '1' }, true],
  [{ a: '1' }, { a: new TypedValue('x', Buffer.from('1')) }, true],
  [{ a: '1' }, { a: new TypedValue('x', Buffer.from('2')) }, false],
  [{ a: true }, { a: true }, true],
  [{ a: true }, { a: false }, false],
  // Void asks only for the key.
  [{ a: null }, { a: 5 }, true],
  [{ a: null }, { a: null }, true],
  [{ a: null }, { b: 5 }, false],
  [{ a: 1 }, { a: null }, false],
  // Names that every object has are not there unless they were sent.
  [{ constructor: null }, {}, false],
  [{ toString: null }, {}, false],
  // Arrays and tables compare deeply.
  [{ a: [1, 'x'] }, { a: [1, 'x'] }, true],
  [{ a: [1, 'x'] }, { a: [1, 'x', 2] }, false],
  [{ a: [1] }, { a: 1 }, false],
  [{ a: { p: 1, q: [true] } }, { a: { q: [true], p: 1 } }, true],
  [{ a: { p: 1 } }, { a: { p: 2 } }, false],
  [{ a: { p: 1 } }, { a: { p: 1, q: 1 } }, false],
  [{ a: { p: 2n ** 60n } }, { a: { p: 2n ** 60n } }, true],
  [{ a: [2n ** 60n] }, { a: [2n ** 61n] }, false],
  [{ a: { p: new TypedValue('x', Buffer.from('1')) } }, { a: { p: '1' } }, true],
]

for (const [args, message, expected] of table) {
  const show = (value: FieldTable): string =>
    JSON.stringify(value, (_, one) => (typeof one === 'bigint' ? `${one}n` : (one as unknown)))
  test(`${show(args)} ${expected ? 'matches' : 'does not match'} ${show(message)}`, () => {
    assert.equal(matches(args, message), expected)
  })
}

test('x-match has to be one of four words', () => {
  const check = (value: FieldTable['x']): string => {
    try {
      headers.checkBinding!('', { 'x-match': value! })
      return ''
    } catch (error) {
      return (error as Error).message
    }
  }
  for (const mode of ['all', 'any', 'all-with-x', 'any-with-x']) assert.equal(check(mode), '')
  const expected = 'expected all, any, all-with-x, or any-with-x'
  assert.equal(check('some'), `Invalid x-match field value <<"some">>; ${expected}`)
  assert.equal(check(1), 'Invalid x-match field type signedint (value 1); expected longstr')
})

const value = fc.oneof(
  fc.constantFrom<FieldTable[string][]>('a', 'b', 1, 2, 2n, true, null),
  fc.constantFrom(new TypedValue('x', Buffer.from('a')), new TypedValue('d', 1)),
)
const someHeaders = fc.dictionary(fc.constantFrom('p', 'q', 'r', 'x-s'), value, { maxKeys: 4 })
const someArguments = fc
  .tuple(fc.constantFrom('all', 'any', 'all-with-x', 'any-with-x'), someHeaders)
  .map(([mode, wanted]) => ({ ...wanted, 'x-match': mode }) as FieldTable)

test('many bindings together find what each finds alone, whatever came and went', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(someArguments, fc.boolean()), { maxLength: 20 }),
      someHeaders,
      (bound, sent) => {
        const router = headers.create({})
        const destination = { kind: 'exchange', name: 'd', durable: false } as const
        const bindings = bound.map(
          ([args], i): Binding => ({
            source: 'x',
            destination,
            routingKey: String(i),
            arguments: Object.assign(emptyTable(), args),
            identity: String(i),
          }),
        )
        for (const binding of bindings) router.add(binding)
        const kept = bindings.filter((_, i) => bound[i]![1])
        for (const binding of bindings) if (!kept.includes(binding)) router.remove(binding)
        const found = new Set<Binding>()
        const table = Object.assign(emptyTable(), sent) as FieldTable
        router.route({ routingKey: '', headers: () => table }, (binding) => found.add(binding))
        const alone = kept.filter((binding) => matches(binding.arguments, table))
        assert.deepEqual(
          [...found].map(({ identity }) => identity).sort(),
          alone.map(({ identity }) => identity).sort(),
        )
      },
    ),
  )
})
