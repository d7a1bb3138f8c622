// x-recent-history: a fanout exchange that remembers its last messages and gives them to each queue
// that is newly bound [RMQ: recent history exchange plugin]. What it remembers is in memory, as there.

import { type FieldTable, plainValue, tableValueTypeName } from '../../protocol/amqp/field-table.ts'
import { preconditionFailed } from '../errors.ts'
import { Message } from '../message.ts'
import type { Binding } from './binding.ts'
import type { ExchangeType, RouteInput, Router, Visit } from './exchange-type.ts'
import { fanout } from './fanout.ts'

const lengthDefault = 20
/** Fewer are remembered when their bytes together are more than this. */
const bytesMax = 64 << 20

class RecentHistoryRouter implements Router {
  readonly #fanout = fanout.create({})
  readonly #length: number
  readonly #messages: Message[] = []
  #bytes = 0

  constructor(args: FieldTable) {
    this.#length = Number(plainValue(args['x-recent-history-length'] ?? lengthDefault))
  }

  add(binding: Binding): void {
    this.#fanout.add(binding)
  }

  remove(binding: Binding): void {
    this.#fanout.remove(binding)
  }

  route(input: RouteInput, found: (binding: Binding) => void): void {
    this.#fanout.route(input, found)
  }

  intercept(input: RouteInput, { message }: Visit): boolean {
    if (input.headers()['x-recent-history-no-store'] !== true) this.#remember(message)
    return true
  }

  recall(): readonly Message[] {
    return this.#messages
  }

  #remember(message: Message): void {
    this.#messages.push(detached(message))
    this.#bytes += message.memoryBytes
    while (this.#messages.length > this.#length || this.#bytes > bytesMax) {
      this.#bytes -= this.#messages.shift()!.memoryBytes
    }
  }
}

/** A copy that holds no chunk of a socket. */
function detached(message: Message): Message {
  const { header, headerStart, headerEnd, body, bodyStart, bodyEnd } = message
  const bytes = Buffer.concat([
    header.subarray(headerStart, headerEnd),
    body.subarray(bodyStart, bodyEnd),
  ])
  const headerBytes = headerEnd - headerStart
  const content = {
    header: bytes,
    headerStart: 0,
    headerEnd: headerBytes,
    body: bytes,
    bodyStart: headerBytes,
    bodyEnd: bytes.length,
  }
  return new Message(content, message.envelope, message.persistent, message.publishedAtMs)
}

const integerTypes = [
  'byte',
  'short',
  'signedint',
  'long',
  'unsignedbyte',
  'unsignedshort',
  'unsignedint',
]

function checkArguments(args: FieldTable): void {
  const value = args['x-recent-history-length']
  if (value === undefined) return
  const number = Number(plainValue(value))
  if (integerTypes.includes(tableValueTypeName(value)) && number > 0) return
  throw preconditionFailed(
    `Invalid argument ${shown(value)}, 'x-recent-history-length' must be a positive integer`,
  )
}

/** As Erlang prints it. */
function shown(value: FieldTable[string]): string {
  const plain = plainValue(value)
  return typeof plain === 'string' ? `<<"${plain}">>` : String(plain)
}

export const recentHistory: ExchangeType = {
  name: 'x-recent-history',
  description: 'Recent History Exchange.',
  routesByKeyOnly: false,
  checkArguments,
  create: (args) => new RecentHistoryRouter(args),
}
