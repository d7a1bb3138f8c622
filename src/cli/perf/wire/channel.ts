// The set-up calls of one channel, each awaited.
import type { Table } from './byte-writer.ts'
import type { Connection } from './connection.ts'
import { METHOD } from './methods.ts'

export type QueueSpec = {
  readonly name: string
  readonly durable: boolean
  readonly exclusive: boolean
  readonly autoDelete: boolean
  readonly arguments: Table
}

export class Channel {
  readonly connection: Connection
  readonly id: number

  private constructor(connection: Connection, id: number) {
    this.connection = connection
    this.id = id
  }

  static async open(connection: Connection, id = 1): Promise<Channel> {
    await connection.call(id, METHOD.channelOpenOk, METHOD.channelOpen, (w) => w.shortString(''))
    return new Channel(connection, id)
  }

  async close(): Promise<void> {
    await this.connection.call(this.id, METHOD.channelCloseOk, METHOD.channelClose, (w) =>
      w.u16(200).shortString('').u16(0).u16(0),
    )
  }

  async declareExchange(name: string, type: string, durable: boolean): Promise<void> {
    await this.connection.call(this.id, METHOD.exchangeDeclareOk, METHOD.exchangeDeclare, (w) =>
      w
        .u16(0)
        .shortString(name)
        .shortString(type)
        .u8(durable ? 2 : 0)
        .table({}),
    )
  }

  async deleteExchange(name: string): Promise<void> {
    await this.connection.call(this.id, METHOD.exchangeDeleteOk, METHOD.exchangeDelete, (w) =>
      w.u16(0).shortString(name).u8(0),
    )
  }

  /** Returns how many messages the queue holds already. */
  async declareQueue(spec: QueueSpec, passive = false): Promise<number> {
    const bits =
      (passive ? 1 : 0) |
      (spec.durable ? 2 : 0) |
      (spec.exclusive ? 4 : 0) |
      (spec.autoDelete ? 8 : 0)
    const answer = await this.connection.call(
      this.id,
      METHOD.queueDeclareOk,
      METHOD.queueDeclare,
      (w) => w.u16(0).shortString(spec.name).u8(bits).table(spec.arguments),
    )
    return answer.readUInt32BE(1 + (answer[0] as number))
  }

  async deleteQueue(name: string): Promise<void> {
    await this.connection.call(this.id, METHOD.queueDeleteOk, METHOD.queueDelete, (w) =>
      w.u16(0).shortString(name).u8(0),
    )
  }

  async bind(binding: {
    readonly queue: string
    readonly exchange: string
    readonly routingKey: string
    readonly arguments?: Table
  }): Promise<void> {
    await this.connection.call(this.id, METHOD.queueBindOk, METHOD.queueBind, (w) =>
      w
        .u16(0)
        .shortString(binding.queue)
        .shortString(binding.exchange)
        .shortString(binding.routingKey)
        .u8(0)
        .table(binding.arguments ?? {}),
    )
  }

  async unbind(binding: {
    readonly queue: string
    readonly exchange: string
    readonly routingKey: string
  }): Promise<void> {
    await this.connection.call(this.id, METHOD.queueUnbindOk, METHOD.queueUnbind, (w) =>
      w
        .u16(0)
        .shortString(binding.queue)
        .shortString(binding.exchange)
        .shortString(binding.routingKey)
        .table({}),
    )
  }

  async prefetch(count: number): Promise<void> {
    await this.connection.call(this.id, METHOD.basicQosOk, METHOD.basicQos, (w) =>
      w.u32(0).u16(count).u8(0),
    )
  }

  async confirmSelect(): Promise<void> {
    await this.connection.call(this.id, METHOD.confirmSelectOk, METHOD.confirmSelect, (w) =>
      w.u8(0),
    )
  }

  async consume(queue: string, tag: string, autoAck: boolean): Promise<void> {
    await this.connection.call(this.id, METHOD.basicConsumeOk, METHOD.basicConsume, (w) =>
      w
        .u16(0)
        .shortString(queue)
        .shortString(tag)
        .u8(autoAck ? 2 : 0)
        .table({}),
    )
  }
}
