// Whatever bytes arrive, a decoder answers with a value or with its own error, soon. Each is given
// mutations of valid messages and plain noise; WARREN_FUZZ=100000 tries harder.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  decodeList,
  decodeValue,
  encodeList,
  encodeValue,
  statusDetails,
} from '../../src/rpc/grpc/codec.ts'
import { WireError } from '../../src/rpc/grpc/wire.ts'
import { decodeJson, encodeJson } from '../../src/rpc/json/codec.ts'
import { MessagePackCodec } from '../../src/rpc/message-pack/codec.ts'
import { MessagePackError } from '../../src/rpc/message-pack/structure.ts'
import { encodeCall, encodeFault, encodeResult } from '../../src/rpc/xml-rpc/codec.ts'
import { MalformedError } from '../../src/rpc/xml-rpc/errors.ts'
import { decodeMessage } from '../../src/rpc/xml-rpc/reader.ts'
import { EventCodec } from '../../src/rpc/zerorpc/codec.ts'
import { fuzzRuns, mutated, seeded } from './support/fuzz.ts'

const value = {
  text: 'grüße <&> 世界',
  numbers: [0, -1, 1.5, 2147483647, 127, 128, 65536],
  nested: { list: [[], [null, true, false]], empty: {} },
  key: 'x'.repeat(40),
}

function fuzz(
  samples: readonly Buffer[],
  decode: (bytes: Buffer) => unknown,
  isOwnError: (error: unknown) => boolean,
): void {
  const seed = Number(process.env.WARREN_FUZZ_SEED ?? 42)
  const random = seeded(seed)
  const start = performance.now()
  for (let run = 0; run < fuzzRuns; run++) {
    const sample = samples[run % samples.length] as Buffer
    const isNoise = run % 10 === 9
    const input = isNoise
      ? Buffer.from(Array.from({ length: Math.floor(random() * 200) }, () => random() * 256))
      : mutated(sample, random)
    try {
      decode(input)
    } catch (error) {
      const where = `seed ${seed}, run ${run}, input ${input.toString('hex')}`
      if (!isOwnError(error)) assert.fail(`${where}: ${String(error)}`)
    }
  }
  const perInputMs = (performance.now() - start) / fuzzRuns
  assert.ok(perInputMs < 20, `${perInputMs} ms for each input`)
}

describe('decoders under fuzzing', () => {
  test('XML-RPC', () => {
    const bytes = { ...value, bytes: Buffer.from('abc'), when: new Date(0) }
    const samples = [
      encodeCall('method', [bytes, 1, 'x']),
      encodeResult(bytes),
      encodeFault({ faultCode: 1, faultString: 'a <fault>' }),
      "<?xml version='1.0' encoding='iso-8859-1'?><methodCall><methodName>x</methodName></methodCall>",
    ].map((text) => Buffer.from(text))
    fuzz(samples, decodeMessage, (error) => error instanceof MalformedError)
  })

  test('JSON', () => {
    const samples = [encodeJson(value), encodeJson([{ $bytes: 'AAEC' }, 'a\\"b[{'])].map((text) =>
      Buffer.from(text),
    )
    const decode = (bytes: Buffer): unknown => decodeJson(bytes.toString('utf8'))
    fuzz(samples, decode, (error) => error instanceof SyntaxError)
  })

  test('MessagePack', () => {
    const codec = new MessagePackCodec()
    const samples = [value, [2 ** 40, 2n ** 63n, Buffer.alloc(300)], { a: 'x'.repeat(300) }].map(
      (sample) => Buffer.from(codec.encode(sample)),
    )
    fuzz(
      samples,
      (bytes) => codec.decode(bytes),
      (error) => error instanceof MessagePackError,
    )
  })

  test('ZeroRPC events', () => {
    const codec = new EventCodec(undefined)
    const header = { message_id: Buffer.alloc(32, 0x61), v: 3, response_to: 'x' }
    const samples = [Buffer.from(codec.encode({ header, name: 'OK', args: [value] }))]
    fuzz(
      samples,
      (bytes) => codec.decode(bytes),
      (error) => error instanceof MessagePackError,
    )
  })

  test('protobuf Values', () => {
    const samples = [encodeValue(value), encodeList([value, 1, 'x'])]
    const own = (error: unknown): boolean => error instanceof WireError
    fuzz(samples, decodeValue, own)
    fuzz(samples, decodeList, own)
    fuzz(samples, statusDetails, own)
  })
})
