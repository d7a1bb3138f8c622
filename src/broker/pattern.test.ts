import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compilePattern, compileStoredPattern } from './pattern.ts'

/** Patterns that RabbitMQ takes; what they match there, and what not. */
const taken: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['', ['', 'anything'], []],
  ['^(?!amq\\.).*', ['orders'], ['amq.topic']],
  ['^amq\\-gen\\_', ['amq-gen_1'], ['amq.gen_1']],
  ['\\Aab\\z', ['ab'], ['Aab', 'abz', 'ab\n']],
  ['ab\\Z', ['ab', 'ab\n'], ['abZ']],
  ['(?i)^orders', ['ORDERS', 'orders'], ['x']],
  ['^a(?i)b|c$', ['aB', 'ab', 'C', 'xc'], ['Ab']],
  ['^(a(?i)b)c', ['aBc'], ['ABc', 'aBC']],
  ['^a(?-i:b)c', ['abc'], ['aBc']],
  ['^[[:alpha:]][[:alnum:]-]+$', ['a-1'], ['1a', ':']],
  ['^[\\w-.]+$', ['a-b.c'], ['a b']],
  ['^[]a]+$', [']a'], ['b']],
  ['^[^]a]$', ['b'], [']', 'a']],
  ['^[a[b]+$', ['a[b'], ['c']],
  ['^a{2}b{1,}c{,3}$', ['aabc{,3}'], ['aabc']],
  ['^}{]$', ['}{]'], []],
  ['^\\Qa.b*\\E$', ['a.b*'], ['axb']],
  ['^\\x{41}\\x42$', ['AB'], ['x']],
  ['^(?P<n>a)(?P=n)$', ['aa'], ['ab']],
  ["^(?'n'a)\\k{n}\\k'n'$", ['aaa'], ['aab']],
  ['^(a)\\1$', ['aa'], ['a1']],
  ['a(?#c)b', ['ab'], ['a']],
  ['^\\pL\\p{Lu}$', ['äÄ'], ['ää']],
  ['^a\\hb\\N\\e\\a$', ['a bx\x1b\x07'], ['ahb']],
  ['^[\\h\\d]+$', ['1 \t2'], ['h']],
  ['(*UTF8)^ä$', ['ä'], ['a']],
  ['(?<=a|bc)d', ['bcd'], ['cd']],
  ['^a+?b*?c??$', ['aab'], ['b']],
  ['^ü€😀.$', ['ü€😀😀'], ['ü€😀']],
  ['^a/b:c@d,e=f$', ['a/b:c@d,e=f'], []],
  ['^a\\/b\\:c\\@d\\,e\\=f\\ g\\"$', ['a/b:c@d,e=f g"'], []],
]

test('patterns written for PCRE match what they match there', () => {
  for (const [pattern, matching, others] of taken) {
    const compiled = compilePattern(pattern)
    for (const text of matching) assert.ok(compiled.test(text), `${pattern} matches ${text}`)
    for (const text of others) assert.ok(!compiled.test(text), `${pattern} does not match ${text}`)
  }
})

test('what JavaScript cannot do is refused with a reason', () => {
  for (const [pattern, reason] of [
    ['^a++b', /possessive quantifiers are not supported/],
    ['a{2}+', /possessive/],
    ['(?>a)b', /atomic groups/],
    ['(?|a|b)', /branch resets/],
    ['(?(1)a)', /conditions/],
    ['a(?R)?', /recursion/],
    ['(?x) a b', /option x/],
    ['\\Ka', /\\K is not supported/],
    ['\\Ga', /\\G is not supported/],
    ['a(*FAIL)', /verbs/],
    ['[[:^alpha:]]', /class \[:\^alpha:\]/],
  ] as const) {
    assert.throws(() => compilePattern(pattern), reason, pattern)
  }
})

test('what is wrong in PCRE as well is refused', () => {
  for (const pattern of [
    '(a',
    'a)',
    '[a-',
    '[z-a]',
    '*a',
    'a**',
    '(?<1a>x)',
    'x{2,1}',
    '\\',
    'a\\u0041',
  ]) {
    assert.throws(() => compilePattern(pattern), SyntaxError, pattern)
  }
})

test('a stored pattern that is not understood matches nothing', () => {
  for (const name of ['', 'a', '\\K']) assert.equal(compileStoredPattern('a\\Kb').test(name), false)
  assert.equal(compileStoredPattern('^a').test('ab'), true)
})
