import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ProtocolError } from './protocol-error.ts'
import { isHardError, ReplyCode, replyCodeName, replyText } from './reply-codes.ts'

test('codes have the names that stand in reply texts', () => {
  const names = Object.values(ReplyCode).map(replyCodeName).join(' ')
  assert.equal(
    names,
    'REPLY_SUCCESS CONTENT_TOO_LARGE NO_ROUTE NO_CONSUMERS CONNECTION_FORCED INVALID_PATH ' +
      'ACCESS_REFUSED NOT_FOUND RESOURCE_LOCKED PRECONDITION_FAILED FRAME_ERROR SYNTAX_ERROR ' +
      'COMMAND_INVALID CHANNEL_ERROR UNEXPECTED_FRAME RESOURCE_ERROR NOT_ALLOWED ' +
      'NOT_IMPLEMENTED INTERNAL_ERROR',
  )
})

test('the hard errors are those that the specification lists as hard', () => {
  const hard = Object.values(ReplyCode).filter(isHardError)
  assert.deepEqual(hard, [320, 402, 501, 502, 503, 504, 505, 506, 530, 540, 541])
})

test('a text that fits is left alone, a longer one ends in three dots at 255 octets', () => {
  assert.equal(replyText(403, 'no'), 'ACCESS_REFUSED - no')
  const fits = 'x'.repeat(255 - 'NOT_FOUND - '.length)
  assert.equal(replyText(404, fits), `NOT_FOUND - ${fits}`)
  assert.equal(replyText(404, `${fits}y`), `NOT_FOUND - ${fits.slice(0, -3)}...`)
})

test('a cut never splits a character', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 60, maxLength: 400 }), (explanation) => {
      const text = replyText(ReplyCode.notFound, explanation)
      assert.ok(Buffer.byteLength(text) <= 255)
      assert.ok(!text.includes('\ufffd') || explanation.includes('\ufffd'))
      assert.ok(`NOT_FOUND - ${explanation}`.startsWith(text.replace(/\.\.\.$/, '')))
    }),
  )
})

test('a protocol error carries its code, its method and the text that will be sent', () => {
  const error = new ProtocolError(ReplyCode.notFound, "no queue 'q'", 50, 10)
  assert.deepEqual(
    [error.code, error.explanation, error.classId, error.methodId, error.message],
    [404, "no queue 'q'", 50, 10, "NOT_FOUND - no queue 'q'"],
  )
})
