// Field tables and message properties as JSON, for the HTTP API and for definitions files. Types that
// JSON lacks become the nearest one; the way back chooses the types that RabbitMQ chooses.

import {
  emptyTable,
  type FieldTable,
  type FieldValue,
  plainValue,
} from '../protocol/amqp/field-table.ts'
import {
  encodeHeader,
  type MessageProperties,
  readProperties,
} from '../protocol/amqp/properties.ts'
import type { Message } from './message.ts'

export type JsonValue =
  | string
  | number
  | boolean
  | null
  | JsonValue[]
  | { [key: string]: JsonValue }
export type JsonObject = { [key: string]: JsonValue }

export function tableToJson(table: FieldTable): JsonObject {
  const json: JsonObject = {}
  for (const [key, value] of Object.entries(table)) json[key] = toJson(plainValue(value))
  return json
}

function toJson(value: unknown): JsonValue {
  if (value === null || value === undefined) return null
  if (typeof value === 'bigint') return Number(value)
  if (typeof value === 'string' || typeof value === 'boolean') return value
  // JSON has no infinities.
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (Array.isArray(value)) return value.map(toJson)
  if (typeof value !== 'object') return null
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toJson(item)]))
}

/** Undefined members and anything that JSON cannot hold are left out. */
export function tableFromJson(json: unknown): FieldTable {
  const table = emptyTable()
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return table
  for (const [key, value] of Object.entries(json)) {
    const field = fieldFromJson(value)
    if (field !== undefined) table[key] = field
  }
  return table
}

function fieldFromJson(value: unknown): FieldValue | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number') return value
  if (Array.isArray(value)) {
    return value.map(fieldFromJson).filter((item): item is FieldValue => item !== undefined)
  }
  return typeof value === 'object' ? tableFromJson(value) : undefined
}

/** The properties' names in RabbitMQ's HTTP API, which are those of the protocol. */
const textProperties = [
  ['content_type', 'contentType'],
  ['content_encoding', 'contentEncoding'],
  ['correlation_id', 'correlationId'],
  ['reply_to', 'replyTo'],
  ['expiration', 'expiration'],
  ['message_id', 'messageId'],
  ['type', 'type'],
  ['user_id', 'userId'],
  ['app_id', 'appId'],
  ['cluster_id', 'clusterId'],
] as const
const numberProperties = [
  ['delivery_mode', 'deliveryMode'],
  ['priority', 'priority'],
  ['timestamp', 'timestamp'],
] as const

export function propertiesToJson({ header, headerStart, headerEnd }: Message): JsonObject {
  const properties = readProperties(header, headerStart, headerEnd)
  const json: JsonObject = {}
  for (const [name, field] of [...textProperties, ...numberProperties]) {
    const value = properties[field]
    if (value !== undefined) json[name] = value
  }
  if (properties.headers !== undefined) json.headers = tableToJson(properties.headers)
  return json
}

/** A content header for a body of the given size. Throws RangeError when a property is not usable. */
export function headerFromJson(json: unknown, bodyBytes: number): Buffer {
  const given: Record<string, unknown> =
    typeof json === 'object' && json !== null ? Object.fromEntries(Object.entries(json)) : {}
  const properties: MessageProperties = {}
  for (const [name, field] of textProperties) {
    const value = given[name]
    if (value === undefined || value === null) continue
    if (typeof value !== 'string' && typeof value !== 'number') {
      throw new RangeError(`property ${name} must be a text`)
    }
    const text = String(value)
    if (Buffer.byteLength(text) > 255) throw new RangeError(`property ${name} is too long`)
    properties[field] = text
  }
  for (const [name, field] of numberProperties) {
    const value = given[name]
    if (value === undefined || value === null) continue
    const number = Number(value)
    const max = name === 'timestamp' ? Number.MAX_SAFE_INTEGER : 255
    if (!Number.isInteger(number) || number < 0 || number > max) {
      throw new RangeError(`property ${name} must be a whole number up to ${max}`)
    }
    properties[field] = number
  }
  if (given.headers !== undefined) properties.headers = tableFromJson(given.headers)
  return encodeHeader(bodyBytes, properties)
}
