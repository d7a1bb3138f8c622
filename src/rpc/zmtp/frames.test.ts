// Frames, greeting and commands: what is written can be read, however it is cut, and what is wrong is
// refused before it costs memory.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { encodeReady, parseCommand, parseReady, pingTimeToLive } from './commands.ts'
import { encodeCommandFrame, encodeMessage, FrameReader } from './frames.ts'
import { checkGreeting, encodeGreeting, ZmtpError } from './greeting.ts'

interface Got {
  readonly messages: string[][]
  readonly commands: string[]
}

function read(bytes: Buffer, cuts: readonly number[] = [], bytesMax = 100_000): Got {
  const got: Got = { messages: [], commands: [] }
  const reader = new FrameReader(
    {
      message: (frames) => got.messages.push(frames.map((frame) => frame.toString('latin1'))),
      command: (body) => got.commands.push(body.toString('latin1')),
    },
    bytesMax,
  )
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b)
  let start = 0
  for (const end of ends) {
    // A copy each time, as from a socket whose buffers are used again.
    if (end > start) reader.feed(Buffer.from(bytes.subarray(start, end)))
    start = end
  }
  return got
}

const frame = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.nat({ max: 300 }).map((size) => 'x'.repeat(size)),
  fc.constantFrom('', 'y'.repeat(255), 'y'.repeat(256), 'y'.repeat(9000)),
)
const latin1 = (text: string): Buffer => Buffer.from(text, 'utf8')

describe('frames', () => {
  test('messages come out as they went in, however they are cut', () => {
    const messages = fc.array(fc.array(frame, { minLength: 1, maxLength: 6 }), { maxLength: 8 })
    fc.assert(
      fc.property(messages, fc.array(fc.nat(), { maxLength: 60 }), (list, cuts) => {
        const parts = list.map((texts) => texts.map(latin1))
        const bytes = Buffer.concat(parts.map((part) => encodeMessage(part)))
        const expected = parts.map((part) => part.map((one) => one.toString('latin1')))
        assert.deepEqual(read(bytes, cuts).messages, expected)
      }),
    )
  })

  test('the layout is that of the specification', () => {
    assert.deepEqual(
      encodeMessage([Buffer.alloc(0), Buffer.from('ab')]).toString('hex'),
      '010000026162',
    )
    const long = encodeMessage([Buffer.alloc(256)])
    assert.equal(long.subarray(0, 9).toString('hex'), '020000000000000100')
    assert.equal(encodeCommandFrame(Buffer.from('c')).toString('hex'), '040163')
  })

  test('commands may come between the frames of a message', () => {
    const message = encodeMessage([Buffer.from('a'), Buffer.from('b')])
    const bytes = Buffer.concat([
      message.subarray(0, 3),
      encodeCommandFrame(Buffer.from('c')),
      message.subarray(3),
    ])
    assert.deepEqual(read(bytes), { messages: [['a', 'b']], commands: ['c'] })
  })

  for (const [name, hex] of Object.entries({
    'unknown flags': '0800',
    'a command in several frames': '0500',
    'a length beyond the limit': '02000000000001 86a1',
    'a length beyond all numbers': '02ffffffffffffffff',
    'frames that are too large together': `${'02000000000000c350'}${'00'.repeat(50_000)}`
      .replace(/^02/, '03')
      .concat('02000000000000c351'),
    'too many frames': '0100'.repeat(33),
  })) {
    test(`${name}: refused`, () => {
      const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex')
      assert.throws(() => read(bytes), ZmtpError)
    })
  }

  test('a length that is announced takes no memory before its bytes have come', () => {
    const reader = new FrameReader({ message: () => {}, command: () => {} }, 2 ** 33)
    const before = process.memoryUsage().arrayBuffers
    reader.feed(Buffer.from('020000000100000000', 'hex'))
    reader.feed(Buffer.alloc(100))
    assert.ok(process.memoryUsage().arrayBuffers - before < 1_000_000)
  })
})

describe('greeting', () => {
  test('ours is version 3.1 with NULL, and accepted', () => {
    const bytes = encodeGreeting()
    assert.equal(bytes.length, 64)
    assert.equal(bytes.subarray(0, 12).toString('hex'), 'ff00000000000000007f0301')
    for (let size = 0; size <= 64; size++) checkGreeting(bytes.subarray(0, size))
  })

  test('another version 3 is accepted, older ones are not', () => {
    const bytes = encodeGreeting()
    for (const minor of [0, 1, 2]) {
      bytes[11] = minor
      checkGreeting(bytes)
    }
    for (const major of [0, 1, 2]) {
      bytes[10] = major
      // As soon as it can be known: an older peer may send no more than this.
      assert.throws(() => checkGreeting(bytes.subarray(0, 11)), ZmtpError)
    }
  })

  test('another mechanism, and what is no greeting, is refused', () => {
    const curve = encodeGreeting()
    curve.write('CURVE', 12)
    assert.throws(() => checkGreeting(curve), ZmtpError)
    assert.throws(() => checkGreeting(Buffer.from('GET / HTTP/1.1\r\n')), ZmtpError)
  })
})

describe('commands', () => {
  test('READY is understood, and unknown properties are not minded', () => {
    const { name, data } = parseCommand(encodeReady('ROUTER'))
    assert.equal(name, 'READY')
    const more = Buffer.concat([data, Buffer.from('\x03X-Y\0\0\0\x01z')])
    assert.equal(parseReady('DEALER', more).identity.length, 0)
  })

  test('sockets that cannot talk to each other say so', () => {
    const { data } = parseCommand(encodeReady('DEALER'))
    const sub = Buffer.from(data.toString('latin1').replace('\x06DEALER', '\x06SUBSUB'), 'latin1')
    assert.throws(() => parseReady('ROUTER', sub), ZmtpError)
    assert.throws(() => parseReady('ROUTER', Buffer.alloc(0)), ZmtpError)
  })

  test('noise is refused, and nothing else is thrown', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (noise) => {
        const bytes = Buffer.from(noise)
        for (const parse of [
          parseCommand,
          pingTimeToLive,
          (b: Buffer) => parseReady('ROUTER', b),
        ]) {
          try {
            parse(bytes)
          } catch (reason) {
            assert.ok(reason instanceof ZmtpError)
          }
        }
      }),
    )
  })
})
