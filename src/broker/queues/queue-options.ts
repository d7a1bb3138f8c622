// What a queue is declared with.

import type { FieldTable } from '../../protocol/amqp/field-table.ts'
import type { QueueSettings } from './settings.ts'

export interface QueueOptions {
  readonly id: number
  readonly name: string
  readonly vhost: string
  readonly durable: boolean
  readonly autoDelete: boolean
  /** The connection that alone may use the queue, or null. */
  readonly owner: object | null
  readonly arguments: FieldTable
  readonly settings: QueueSettings
}
