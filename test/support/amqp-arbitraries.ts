// Arbitrary AMQP values for property tests: any field value in the form in which it is decoded, any
// method of the table, any properties, and real-looking traffic as one stream of octets.
import fc from 'fast-check'
import {
  type FieldTable,
  type FieldValue,
  TypedValue,
} from '../../src/protocol/amqp/field-table.ts'
import { FrameWriter } from '../../src/protocol/amqp/frame-writer.ts'
import { type FieldType, methodTable } from '../../src/protocol/amqp/method-table.ts'
import type { MethodArgumentsForWrite, MethodName } from '../../src/protocol/amqp/methods.ts'
import { encodeHeader, type MessageProperties } from '../../src/protocol/amqp/properties.ts'
import { encodeShortString } from '../../src/protocol/amqp/strings.ts'

export type AnyMethod = {
  readonly name: MethodName
  readonly values: Readonly<Record<string, unknown>>
}

export const shortText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('', 'amq.direct', 'a'.repeat(255), 'é'.repeat(127), '\ufffd', '日本語'),
  fc.string({ maxLength: 60 }),
  fc.string({ unit: 'binary', maxLength: 60 }).filter((text) => text.isWellFormed()),
)

const notUtf8 = fc.constantFrom('\udcff', '\udcc3a', 'é\udce9\udcae', '\udc80'.repeat(255))
/** What headers and properties may hold, though names may not. */
const anyText = fc.oneof({ weight: 4, arbitrary: shortText }, { weight: 1, arbitrary: notUtf8 })

const bytes = (sizes = {}): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ maxLength: 40, ...sizes }).map((octets) => Buffer.from(octets))

const long = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.maxSafeInteger().map(BigInt),
  fc.integer().map(BigInt),
)
/** As decoding gives it: what is in the range of a signed 32-bit integer has to tell its width. */
const decodedLong = long.map((value): FieldValue => {
  const number = Number(value)
  if (!Number.isSafeInteger(number)) return value
  return number === (number | 0) ? new TypedValue('l', number) : number
})
const double = fc
  .double()
  .map((value): FieldValue => (Number.isInteger(value) ? wholeDouble(value) : value))
function wholeDouble(value: number): FieldValue {
  // A whole number beyond 2^53 leads back to a double by itself, and so does negative zero.
  const isDouble = !Number.isSafeInteger(value) || Object.is(value, -0)
  return isDouble ? value : new TypedValue('d', value)
}
const timestamp = fc
  .bigInt({ min: 0n, max: 2n ** 64n - 1n })
  .map((value) => (Number.isSafeInteger(Number(value)) ? Number(value) : value))

const leaf: fc.Arbitrary<FieldValue> = fc.oneof(
  fc.string(),
  anyText,
  fc.boolean(),
  fc.integer(),
  decodedLong,
  double,
  fc.constant(null),
  fc.integer({ min: -128, max: 127 }).map((value) => new TypedValue('b', value)),
  fc.nat(0xff).map((value) => new TypedValue('B', value)),
  fc.integer({ min: -0x8000, max: 0x7fff }).map((value) => new TypedValue('s', value)),
  fc.nat(0xffff).map((value) => new TypedValue('u', value)),
  fc.nat(0xffffffff).map((value) => new TypedValue('i', value)),
  fc.float().map((value) => new TypedValue('f', value)),
  fc
    .record({ scale: fc.nat(255), unscaled: fc.nat(0xffffffff) }, { noNullPrototype: true })
    .map((value) => new TypedValue('D', value)),
  timestamp.map((value) => new TypedValue('T', value)),
  bytes().map((value) => new TypedValue('x', value)),
)

const tableOf = (value: fc.Arbitrary<FieldValue>): fc.Arbitrary<FieldTable> =>
  fc
    .array(fc.tuple(fc.oneof(anyText, fc.constantFrom('__proto__', 'constructor', '1')), value), {
      maxLength: 6,
    })
    .map((entries) => {
      const table: FieldTable = Object.create(null)
      for (const [key, item] of entries) table[key] = item
      return table
    })

export const fieldValue: fc.Arbitrary<FieldValue> = fc.letrec<{ value: FieldValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.array(tie('value'), { maxLength: 5 }),
    tableOf(tie('value')),
  ),
})).value
export const fieldTable: fc.Arbitrary<FieldTable> = tableOf(fieldValue)

const byType: Readonly<Record<FieldType, fc.Arbitrary<unknown>>> = {
  bit: fc.boolean(),
  octet: fc.nat(0xff),
  short: fc.nat(0xffff),
  long: fc.nat(0xffffffff),
  longlong: fc.oneof(fc.nat(1000), fc.maxSafeNat()),
  shortstr: shortText,
  longstr: bytes(),
  table: fieldTable,
  timestamp: fc.maxSafeNat(),
}

export function methodCalled(name: MethodName): fc.Arbitrary<AnyMethod> {
  const fields: { readonly [field: string]: FieldType } = methodTable[name].fields
  const arbitraries = Object.entries(fields).map(([field, type]) => [field, byType[type]] as const)
  return fc.record(Object.fromEntries(arbitraries)).map((values) => ({ name, values }))
}

export const methodNames: readonly MethodName[] = Object.keys(methodTable) as MethodName[]
export const anyMethod: fc.Arbitrary<AnyMethod> = fc.oneof(...methodNames.map(methodCalled))

/** The arbitraries above follow the table, which the types of a writer cannot see. */
export function valuesOf(method: AnyMethod): MethodArgumentsForWrite<MethodName> {
  return method.values as unknown as MethodArgumentsForWrite<MethodName>
}

export const messageProperties: fc.Arbitrary<MessageProperties> = fc.record(
  {
    contentType: anyText,
    contentEncoding: anyText,
    headers: fieldTable,
    deliveryMode: fc.nat(255),
    priority: fc.nat(255),
    correlationId: anyText,
    replyTo: anyText,
    expiration: anyText,
    messageId: anyText,
    timestamp: fc.maxSafeNat(),
    type: anyText,
    userId: anyText,
    appId: anyText,
    clusterId: anyText,
  },
  { requiredKeys: [], noNullPrototype: true },
)

/** The frames of a publish, as a client sends them. */
export function publishFrames(
  writer: FrameWriter,
  message: { exchange: string; routingKey: string; properties: MessageProperties; body: Buffer },
): Buffer {
  const { exchange, routingKey, properties, body } = message
  writer.method(1, 'basic.publish', { exchange, routingKey, mandatory: true, immediate: false })
  const method = Buffer.concat(writer.take())
  const header = encodeHeader(body.length, properties)
  const content = {
    header,
    headerStart: 0,
    headerEnd: header.length,
    body,
    bodyStart: 0,
    bodyEnd: body.length,
  }
  writer.deliver(1, encodeShortString(''), 1, false, Buffer.from([0, 0]), content)
  const deliver = Buffer.concat(writer.take())
  return Buffer.concat([method, deliver.subarray(8 + deliver.readUInt32BE(3))])
}

/** What a busy client sends from its login to its last close. */
export function clientTraffic(frameMax: number): Buffer {
  const writer = new FrameWriter({
    frameMax,
    allocate: (n) => Buffer.allocUnsafe(Math.max(n, 4096)),
  })
  const parts: Buffer[] = []
  const flush = (): number => parts.push(...writer.take())
  const capabilities = { 'basic.nack': true, consumer_cancel_notify: true }
  writer.method(0, 'connection.start-ok', {
    clientProperties: { product: 'pika', capabilities, list: [1, 'two', null, 2.5] },
    mechanism: 'PLAIN',
    response: '\0guest\0guest',
    locale: 'en_US',
  })
  writer.method(0, 'connection.tune-ok', { channelMax: 2047, frameMax, heartbeat: 60 })
  writer.method(0, 'connection.open', { virtualHost: '/' })
  writer.method(1, 'channel.open', {})
  const bits = { passive: false, durable: true, exclusive: false, autoDelete: false, noWait: false }
  const queue = 'überweisungen'
  const limits = { 'x-max-length': 5, 'x-message-ttl': new TypedValue('l', 60_000) }
  writer.method(1, 'queue.declare', { queue, ...bits, arguments: limits })
  writer.method(1, 'basic.qos', { prefetchSize: 0, prefetchCount: 10, global: false })
  flush()
  for (const size of [0, 1, 16, 300, 5000, 20_000]) {
    const properties: MessageProperties = {
      deliveryMode: 2,
      contentType: 'text/plain',
      headers: { retries: 1, nested: { deep: [new TypedValue('T', 1_700_000_000), true] } },
      correlationId: `message-${size}`,
      timestamp: 1_700_000_000,
    }
    const body = Buffer.alloc(size, 0xce)
    parts.push(publishFrames(writer, { exchange: '', routingKey: queue, properties, body }))
    writer.ack(1, size + 1, false)
    writer.nack(1, size + 2 ** 40, true)
    writer.heartbeat()
    flush()
  }
  const close = { replyCode: 200, replyText: 'bye', classId: 0, methodId: 0 }
  writer.method(0, 'connection.close', close)
  flush()
  return Buffer.concat(parts)
}
