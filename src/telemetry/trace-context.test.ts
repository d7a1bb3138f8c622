import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Sampler, type SamplerName } from './sampler.ts'
import { formatTraceparent, parseTraceparent } from './trace-context.ts'

const hex = (digits: number): fc.Arbitrary<string> =>
  fc
    .array(fc.constantFrom(...'0123456789abcdef'), { minLength: digits, maxLength: digits })
    .map((list) => list.join(''))
    .filter((text) => /[1-9a-f]/.test(text))

test('what is formatted is read again', () => {
  fc.assert(
    fc.property(hex(32), hex(16), (traceId, spanId) => {
      const context = parseTraceparent(formatTraceparent(traceId, spanId), 'a=b')
      assert.deepEqual(context, { traceId, spanId, sampled: true, state: 'a=b' })
    }),
  )
})

test('any text is a context or none, and never an error', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      assert.equal(parseTraceparent(text, ''), null)
    }),
  )
})

// The cases of [W3C: Trace Context, 3.2.2].
test('later versions may say more, this one may not', () => {
  const ids = '4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7'
  const read = (text: string): boolean | undefined => parseTraceparent(text, '')?.sampled
  assert.equal(read(`00-${ids}-01`), true)
  assert.equal(read(`00-${ids}-03`), true)
  assert.equal(read(`00-${ids}-02`), false)
  assert.equal(read(`cc-${ids}-01-what-the-future-will-be`), true)
  assert.equal(read(`00-${ids}-01-more`), undefined)
  assert.equal(read(`ff-${ids}-01`), undefined)
  assert.equal(read(`00-${ids.toUpperCase()}-01`), undefined)
  assert.equal(read(`00-${'0'.repeat(32)}-00f067aa0ba902b7-01`), undefined)
  assert.equal(read(`00-4bf92f3577b34da6a3ce929d0e0e4736-${'0'.repeat(16)}-01`), undefined)
})

test('a state that is too long is left out, not cut', () => {
  const text = formatTraceparent('1'.repeat(32), '2'.repeat(16))
  assert.equal(parseTraceparent(text, 'x'.repeat(512))?.state.length, 512)
  assert.equal(parseTraceparent(text, 'x'.repeat(513))?.state, '')
})

test('samplers follow the publisher or the ratio', () => {
  const context = (sampled: boolean, traceId = 'f'.repeat(32)) => ({
    traceId,
    spanId: '1'.repeat(16),
    sampled,
    state: '',
  })
  const decisions = (name: SamplerName, ratio = 0.5): boolean[] => {
    const sampler = new Sampler(name, ratio)
    const ids = ['f'.repeat(32), `${'0'.repeat(31)}1`]
    return [
      sampler.begins,
      sampler.follows(context(true, ids[1])),
      sampler.follows(context(false, ids[0])),
      ...ids.map((id) => sampler.takes(id)),
    ]
  }
  assert.deepEqual(decisions('always_on'), [true, true, true, true, true])
  assert.deepEqual(decisions('always_off'), [false, false, false, false, false])
  assert.deepEqual(decisions('traceidratio'), [true, false, true, true, false])
  assert.deepEqual(decisions('parentbased_always_on'), [true, true, false, true, true])
  assert.deepEqual(decisions('parentbased_always_off'), [false, true, false, false, false])
  assert.deepEqual(decisions('parentbased_traceidratio'), [true, true, false, true, false])
  assert.equal(new Sampler('parentbased_traceidratio', 0).begins, false)
})
