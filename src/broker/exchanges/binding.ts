// A binding: from a source exchange to a queue or another exchange, with a key and arguments.

import { emptyTable, encodeTable, type FieldTable } from '../../protocol/amqp/field-table.ts'
import type { Queue } from '../queues/queue.ts'

/** What an exchange may lead to. An exchange is seen here only by what routing needs of it. */
export type Destination = Queue | ExchangeLike

export interface ExchangeLike {
  readonly kind: 'exchange'
  readonly name: string
  readonly durable: boolean
}

export interface Binding {
  readonly source: string
  readonly destination: Destination
  readonly routingKey: string
  readonly arguments: FieldTable
  /** Same source, destination, key and arguments give the same identity. */
  readonly identity: string
}

/** Bindings are equal when all four parts are [AMQP 0-9-1, queue.bind: duplicates are ignored]. */
export function bindingIdentity(
  destination: Destination,
  routingKey: string,
  args: FieldTable,
): string {
  const sorted = emptyTable()
  for (const key of Object.keys(args).sort()) sorted[key] = args[key]!
  const encoded = Object.keys(args).length === 0 ? '' : latin1(encodeTable(sorted))
  return `${destination.kind}\0${destination.name}\0${routingKey}\0${encoded}`
}

function latin1(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return text
}
