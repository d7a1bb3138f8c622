// Responses cut anywhere are read the same; what two readers could understand differently is refused.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { RpcError } from '../error.ts'
import { type HttpResponse, ResponseReader } from './response-reader.ts'

interface Reading {
  readonly responses: HttpResponse[]
  readonly error: RpcError | undefined
}

/** Feeds a connection's bytes in pieces, a response at a time as a client would ask for them. */
function read(text: string, cuts: readonly number[] = [], bodyBytesMax = 1000): Reading {
  const bytes = Buffer.from(text, 'latin1')
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b)
  const reader = new ResponseReader(bodyBytesMax)
  const responses: HttpResponse[] = []
  let start = 0
  try {
    for (const end of ends) {
      const response = end > start ? reader.feed(bytes.subarray(start, end)) : undefined
      if (response !== undefined) responses.push(response)
      start = end
    }
    const last = reader.end()
    if (last !== undefined) responses.push(last)
    return { responses, error: undefined }
  } catch (reason) {
    assert.ok(reason instanceof RpcError)
    return { responses, error: reason }
  }
}

const body = ({ body }: HttpResponse): string => body.toString('latin1')

const good: readonly { readonly text: string; readonly body: string; readonly keep: boolean }[] = [
  { text: 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello', body: 'hello', keep: true },
  { text: 'HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n', body: '', keep: true },
  { text: 'HTTP/1.0 200 OK\r\n\r\nuntil the end', body: 'until the end', keep: false },
  { text: 'HTTP/1.0 200 OK\r\ncontent-length: 1\r\n\r\nx', body: 'x', keep: false },
  {
    text: 'HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\ncontent-length: 1\r\n\r\nx',
    body: 'x',
    keep: true,
  },
  { text: 'HTTP/1.1 204 None\r\ncontent-length: 9\r\n\r\n', body: '', keep: true },
  {
    text: 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nx',
    body: 'x',
    keep: true,
  },
  {
    text: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\n1;a=b\r\n \r\n6\r\nworld!\r\n0\r\nx: y\r\n\r\n',
    body: 'hello world!',
    keep: true,
  },
  {
    text: 'HTTP/1.1 200 OK\r\nConnection: close\r\ncontent-length: 1\r\ncontent-length: 1\r\n\r\nx',
    body: 'x',
    keep: false,
  },
]

const bad: Readonly<Record<string, string>> = {
  'another protocol': 'SSH-2.0-x\r\n\r\n',
  'another version': 'HTTP/2.0 200 OK\r\n\r\n',
  'two lengths': 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nxx',
  'a signed length': 'HTTP/1.1 200 OK\r\ncontent-length: +1\r\n\r\nx',
  'length and chunks':
    'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
  'another coding': 'HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
  'a folded line': 'HTTP/1.1 200 OK\r\na: b\r\n c\r\ncontent-length: 0\r\n\r\n',
  'a space before the colon': 'HTTP/1.1 200 OK\r\ncontent-length : 0\r\n\r\n',
  'a bare line feed': 'HTTP/1.1 200 OK\r\na: b\ncontent-length: 0\r\n\r\n',
  'a chunk size that is none': 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0x1\r\nx\r\n',
  'a chunk without its end':
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nxx\r\n0\r\n\r\n',
  'a change of protocols': 'HTTP/1.1 101 Switching\r\n\r\n',
  'a head without end': `HTTP/1.1 200 OK\r\na: ${'x'.repeat(20_000)}`,
  'endless interim answers': 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(20),
}

describe('responses', () => {
  for (const [index, sample] of good.entries()) {
    test(`sample ${index} is read the same however it is cut`, () => {
      const cuts = fc.array(fc.nat(), { maxLength: 8 })
      fc.assert(
        fc.property(cuts, (places) => {
          const { responses, error } = read(sample.text, places)
          assert.equal(error, undefined)
          assert.deepEqual(responses.map(body), [sample.body])
          assert.equal(responses[0]?.head.keepAlive, sample.keep)
          assert.equal(responses[0]?.hasSurplus, false)
        }),
      )
    })
  }

  for (const [name, text] of Object.entries(bad)) {
    test(`${name} is refused`, () => {
      for (const cuts of [[], Array.from({ length: 40 }, (_, i) => i)]) {
        const { responses, error } = read(text, cuts)
        assert.deepEqual(responses, [])
        assert.equal(error?.code, 'UNAVAILABLE')
      }
    })
  }

  test('a body over the limit is refused before it has come', () => {
    const declared = read('HTTP/1.1 200 OK\r\ncontent-length: 1001\r\n\r\n')
    assert.equal(declared.error?.code, 'RESOURCE_EXHAUSTED')
    const open = read(`HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(1001)}`)
    assert.equal(open.error?.code, 'RESOURCE_EXHAUSTED')
    const chunks = `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3e9\r\n${'x'.repeat(1001)}`
    assert.equal(read(chunks).error?.code, 'RESOURCE_EXHAUSTED')
  })

  test('an answer that is cut off is none', () => {
    const { responses, error } = read('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhell')
    assert.deepEqual(responses, [])
    assert.equal(error, undefined)
  })

  test('bytes after an answer are told', () => {
    const { responses } = read('HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nxHTTP/1.1 200 OK\r\n')
    assert.equal(responses[0]?.hasSurplus, true)
  })

  test('how long a server keeps idle connections is read', () => {
    const text = 'HTTP/1.1 200 OK\r\nKeep-Alive: timeout=5, max=3\r\ncontent-length: 0\r\n\r\n'
    assert.equal(read(text).responses[0]?.head.idleMs, 5000)
  })

  test('noise is refused or waits, and never throws anything else', () => {
    const parts = fc.constantFrom(
      'HTTP/1.1 200 OK',
      '\r\n',
      '\n',
      'content-length: 3',
      'transfer-encoding: chunked',
      'connection: close',
      '0',
      '3',
      'abc',
      ':',
      '\0',
      '100',
      ' ',
    )
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 30 }), fc.array(fc.nat()), (list, cuts) => {
        const { error } = read(list.join(''), cuts)
        assert.ok(error === undefined || error instanceof RpcError)
      }),
      { numRuns: 2000 },
    )
  })
})
