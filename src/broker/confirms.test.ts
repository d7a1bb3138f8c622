import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type ConfirmSink, Confirms } from './confirms.ts'

class Answers implements ConfirmSink {
  readonly sent: string[] = []

  confirm(tag: number, multiple: boolean): void {
    this.sent.push(`${multiple ? '..' : ''}+${tag}`)
  }

  refuse(tag: number, multiple: boolean): void {
    this.sent.push(`${multiple ? '..' : ''}-${tag}`)
  }

  take(): string {
    return this.sent.splice(0).join(' ')
  }
}

test('a publish is confirmed when its position is durable, many at once as one', () => {
  const confirms = new Confirms()
  const sink = new Answers()
  for (const position of [10, 20, 30]) confirms.expect(position)
  assert.equal(confirms.settle(9, sink), true)
  assert.equal(sink.take(), '')
  assert.equal(confirms.unconfirmedCount, 3)
  assert.equal(confirms.settle(25, sink), true)
  assert.equal(sink.take(), '..+2')
  assert.equal(confirms.settle(30, sink), false)
  assert.equal(sink.take(), '+3')
  assert.equal(confirms.settle(99, sink), false)
  assert.equal(sink.take(), '')
  assert.equal(confirms.unconfirmedCount, 0)
})

test('a publish that need not be stored waits for those before it', () => {
  const confirms = new Confirms()
  const sink = new Answers()
  confirms.expect(0)
  confirms.expect(10)
  confirms.expect(0)
  assert.equal(confirms.settle(0, sink), true)
  assert.equal(sink.take(), '+1')
  assert.equal(confirms.settle(10, sink), false)
  assert.equal(sink.take(), '..+3')
})

test('refusals are told apart from confirms, in order', () => {
  const confirms = new Confirms()
  const sink = new Answers()
  confirms.expect(0)
  confirms.refuse()
  confirms.expect(5)
  confirms.refuse()
  confirms.refuse()
  confirms.expect(0)
  assert.equal(confirms.settle(4, sink), true)
  assert.equal(sink.take(), '+1 -2')
  assert.equal(confirms.settle(5, sink), false)
  assert.equal(sink.take(), '+3 ..-5 +6')
})

const publish = fc.record({
  refused: fc.boolean(),
  position: fc.nat(3),
  durable: fc.option(fc.nat(40)),
})

test('each publish is answered once, rightly and not too early', () => {
  fc.assert(
    fc.property(fc.array(publish, { maxLength: 60 }), (publishes) => {
      const confirms = new Confirms()
      const expected: { refused: boolean; position: number }[] = []
      let answered = 0
      let appended = 0
      let durable = 0
      const answer = (tag: number, multiple: boolean, refused: boolean): void => {
        assert.ok(multiple ? tag > answered + 1 : tag === answered + 1)
        for (const one of expected.slice(answered, tag)) {
          assert.equal(one.refused, refused)
          assert.ok(one.position <= durable)
        }
        answered = tag
      }
      const sink: ConfirmSink = {
        confirm: (tag, multiple) => answer(tag, multiple, false),
        refuse: (tag, multiple) => answer(tag, multiple, true),
      }
      for (const one of publishes) {
        // Positions rise; 0 stands for a message that is not stored.
        const stored = one.position > 0 && !one.refused
        if (stored) appended += one.position
        const position = stored ? appended : 0
        expected.push({ refused: one.refused, position })
        if (one.refused) confirms.refuse()
        else confirms.expect(position)
        if (one.durable === null) continue
        durable = Math.max(durable, Math.min(one.durable, appended))
        const waiting = confirms.settle(durable, sink)
        assert.equal(waiting, answered < expected.length)
        assert.equal(confirms.unconfirmedCount, expected.length - answered)
      }
      durable = appended
      assert.equal(confirms.settle(durable, sink), false)
      assert.equal(answered, expected.length)
    }),
  )
})
