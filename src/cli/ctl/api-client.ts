// The broker's HTTP API as the commands use it: paths, JSON, and every way a request can fail turned
// into a Failure in one place.

import type { ConnectionSettings } from './connection-settings.ts'
import { ExitCode, Failure } from './failure.ts'

export interface ApiAnswer {
  readonly status: number
  readonly body: unknown
}

export type Item = Readonly<Record<string, unknown>>

interface RequestOptions {
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** Statuses that are an answer rather than a failure. */
  readonly expect?: readonly number[]
}

export class ApiClient {
  readonly settings: ConnectionSettings

  constructor(settings: ConnectionSettings) {
    this.settings = settings
  }

  async get(path: string): Promise<unknown> {
    return (await this.request('GET', path)).body
  }

  async item(path: string): Promise<Item> {
    return toItem(await this.get(path))
  }

  /** Null when there is no such thing. */
  async find(path: string): Promise<Item | null> {
    const answer = await this.request('GET', path, { expect: [404] })
    return answer.status === 404 ? null : toItem(answer.body)
  }

  async list(path: string): Promise<Item[]> {
    const body = await this.get(path)
    return Array.isArray(body) ? body.map(toItem) : []
  }

  async put(path: string, body: unknown): Promise<void> {
    await this.request('PUT', path, { body })
  }

  async post(path: string, body: unknown): Promise<unknown> {
    return (await this.request('POST', path, { body })).body
  }

  /** Whether there was something to delete. */
  async delete(path: string, headers: Readonly<Record<string, string>> = {}): Promise<boolean> {
    return (await this.request('DELETE', path, { headers, expect: [404] })).status !== 404
  }

  async request(method: string, path: string, options: RequestOptions = {}): Promise<ApiAnswer> {
    const answer = await this.#fetch(method, path, options)
    const ok = answer.status < 300 || options.expect?.includes(answer.status) === true
    if (ok) return answer
    throw new Failure(exitCodeOf(answer.status), reasonOf(answer, method, path))
  }

  async #fetch(method: string, path: string, options: RequestOptions): Promise<ApiAnswer> {
    const { url, authorization, timeoutMs } = this.settings
    try {
      const response = await fetch(`${url}/api${path}`, {
        method,
        headers: {
          authorization,
          accept: '*/*',
          ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
          ...options.headers,
        },
        signal: AbortSignal.timeout(timeoutMs),
        ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
      })
      return { status: response.status, body: parseBody(await response.text()) }
    } catch (error) {
      throw connectionFailure(error, this.settings)
    }
  }
}

/** One part of a path; the default virtual host `/` becomes %2F. */
export const segment: (value: string) => string = encodeURIComponent

export function toItem(value: unknown): Item {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : {}
}

function parseBody(text: string): unknown {
  if (text === '') return null
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function exitCodeOf(status: number): ExitCode {
  if (status === 401 || status === 403) return ExitCode.noPermission
  return status === 400 || status === 404 || status === 503
    ? ExitCode.unavailable
    : ExitCode.software
}

function reasonOf({ status, body }: ApiAnswer, method: string, path: string): string {
  const { reason, error } = toItem(body)
  const text = typeof reason === 'string' ? reason : typeof error === 'string' ? error : ''
  if (status === 401) {
    return `the broker does not let this user in (${text || 'not authorised'}); see --user, --password and --data-dir in 'warrenctl help'`
  }
  return text === '' ? `${method} ${path} was answered with ${status}` : text
}

/** The only place where what `fetch` throws is looked at. */
function connectionFailure(error: unknown, { url, node, timeoutMs }: ConnectionSettings): Failure {
  if (error instanceof Error && error.name === 'TimeoutError') {
    return new Failure(
      ExitCode.temporary,
      `operation ${node} timed out. Timeout value used: ${timeoutMs}`,
      { cause: error },
    )
  }
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const detail = cause instanceof Error ? cause.message || cause.name : String(cause)
  return new Failure(
    ExitCode.unavailable,
    `unable to perform an operation on node '${node}'. Please see diagnostics information and suggestions below.

Most common reasons for this are:

 * The broker is not running, or its management listener is off
 * It listens on another address or port: see --host, --management-port and WARREN_MANAGEMENT_URL

DIAGNOSTICS
===========

attempted to contact: ${url}
  * ${detail}
`,
    { cause: error },
  )
}
