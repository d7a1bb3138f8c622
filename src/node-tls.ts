// TLS of a node: what each of its listeners needs, read from files when the node starts, on SIGHUP and
// when the files change. Part of the composition root, loaded only where TLS is configured.

import type { Logger } from './base/logger.ts'
import { TlsSource } from './base/tls-settings.ts'
import type { Config } from './config/config.ts'
import type { Front } from './server/amqp-server.ts'
import { tlsFront } from './server/tls-front.ts'
import { loadTls, tlsFilesState } from './tls.ts'

/** Certificates are renewed by other programs, which need not know of the broker. */
const lookMs = 60_000

const users = [
  { section: 'tls', prefix: 'ssl_options' },
  { section: 'managementTls', prefix: 'management.ssl' },
  { section: 'prometheusTls', prefix: 'prometheus.ssl' },
  { section: 'gatewayTls', prefix: 'gateway.ssl' },
] as const
type Section = (typeof users)[number]['section']

interface Entry {
  readonly section: Section
  readonly prefix: string
  readonly source: TlsSource
  state: string
}

export class NodeTls {
  readonly #entries: Entry[]
  readonly #logger: Logger
  readonly #handshakeTimeoutMs: number
  readonly #timer: NodeJS.Timeout
  #config: Config

  /** Throws ConfigError when a file cannot be used. */
  constructor(config: Config, logger: Logger) {
    this.#config = config
    this.#logger = logger
    this.#handshakeTimeoutMs = config.amqp.tlsHandshakeTimeoutMs
    this.#entries = users
      .filter(({ section }) => isUsed(config, section))
      .map(({ section, prefix }) => ({
        section,
        prefix,
        state: tlsFilesState(config[section]),
        source: new TlsSource(loadTls(config[section], prefix)),
      }))
    this.#timer = setInterval(() => this.#look(), lookMs)
    this.#timer.unref()
  }

  /** What AMQP over TLS begins with; null: it is not served. */
  get amqpFront(): Front | null {
    const source = this.source('tls')
    const logger = this.#logger.category('connection')
    const handshakeTimeoutMs = this.#handshakeTimeoutMs
    return source === null ? null : tlsFront(source, { handshakeTimeoutMs, logger })
  }

  source(section: Section): TlsSource | null {
    return this.#entries.find((entry) => entry.section === section)?.source ?? null
  }

  /** What the listeners show, and until when. */
  certificates(): readonly { name: string; file: string; expiresAtMs: number }[] {
    return this.#entries.map(({ section, prefix, source }) => ({
      name: prefix,
      file: this.#config[section].certificateFile ?? '',
      expiresAtMs: source.expiresAtMs,
    }))
  }

  /** Reads all files again; one that cannot be used leaves its listener as it was. */
  reload(config: Config = this.#config): void {
    this.#config = config
    for (const entry of this.#entries) {
      entry.state = tlsFilesState(config[entry.section])
      try {
        entry.source.change(loadTls(config[entry.section], entry.prefix))
        this.#logger.info('certificates read', { listener: entry.prefix })
      } catch (error) {
        this.#logger.error('certificates not read again', { error })
      }
    }
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #look(): void {
    const config = this.#config
    const changed = this.#entries.some(
      ({ section, state }) => tlsFilesState(config[section]) !== state,
    )
    if (changed) this.reload()
  }
}

function isUsed(config: Config, section: Section): boolean {
  if (section === 'tls') return config.amqp.tlsListeners.length > 0
  if (section === 'gatewayTls') return config.gatewayTls.certificateFile !== null
  return (section === 'managementTls' ? config.management : config.prometheus).tlsPort !== null
}
