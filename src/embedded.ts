// A broker inside of a Node process: what a project's tests use instead of a container.

import { nullLogger } from './base/logger.ts'
import type { ConfigFiles } from './config/files.ts'
import { loadConfig } from './config/load-config.ts'
import { type RunningNode, startNode } from './node.ts'

export interface BrokerStartOptions {
  /** Port for AMQP; default 0: any free one. */
  readonly port?: number
  /** Address to listen on; default 127.0.0.1, since a test's broker is nobody else's business. */
  readonly host?: string
  /** Port of the HTTP API; 0: any free one; default null: none. */
  readonly managementPort?: number | null
  /** Where messages and topology are kept; default null: in memory, gone with the broker. */
  readonly dataDirectory?: string | null
  readonly user?: string
  readonly password?: string
  readonly vhost?: string
}

/** An embedded broker is configured by its caller alone, not by what lies on the machine. */
const noFiles: ConfigFiles = { read: () => null, list: () => [], isWritableDirectory: () => false }

export class Broker {
  readonly #node: RunningNode
  readonly #options: BrokerStartOptions

  private constructor(node: RunningNode, options: BrokerStartOptions) {
    this.#node = node
    this.#options = options
  }

  /** Resolves when the broker accepts connections. */
  static async start(options: BrokerStartOptions = {}): Promise<Broker> {
    const { managementPort = null, dataDirectory = null } = options
    const { config } = loadConfig({
      flags: {
        '--port': String(options.port ?? 0),
        '--bind': options.host ?? '127.0.0.1',
        '--management-port': managementPort === null ? 'none' : String(managementPort),
      },
      environment: {
        // Several brokers live in one process: none of them takes a well-known port.
        WARREN_PROMETHEUS_PORT: 'none',
        RABBITMQ_DEFAULT_USER: options.user,
        RABBITMQ_DEFAULT_PASS: options.password,
        RABBITMQ_DEFAULT_VHOST: options.vhost,
      },
      files: noFiles,
    })
    const node = await startNode({ config, logger: nullLogger, dataDirectory })
    return new Broker(node, options)
  }

  get port(): number {
    return this.#node.amqpPort
  }

  /** Where clients connect to, with user and password. */
  get url(): string {
    const { user = 'guest', password = 'guest', host = '127.0.0.1', vhost = '/' } = this.#options
    const credentials = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`
    const path = vhost === '/' ? '' : `/${encodeURIComponent(vhost)}`
    return `amqp://${credentials}@${host}:${this.port}${path}`
  }

  /** Null when the broker was started without a management port. */
  get managementUrl(): string | null {
    const { managementPort } = this.#node
    const { host = '127.0.0.1' } = this.#options
    return managementPort === null ? null : `http://${host}:${managementPort}`
  }

  /** Closes all connections and, with a data directory, leaves everything on disk. */
  async stop(): Promise<void> {
    await this.#node.stop()
  }
}
