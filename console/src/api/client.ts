// The one place that talks to the broker: adds the login, turns every failure into an ApiError.

import { endSession, session } from '../state/session.ts'

export class ApiError extends Error {
  /** HTTP status, or 0 when the broker could not be reached. */
  readonly status: number

  constructor(status: number, reason: string, cause?: unknown) {
    super(reason, { cause })
    this.status = status
  }
}

export interface RequestOptions {
  readonly method?: 'GET' | 'PUT' | 'POST' | 'DELETE'
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
  /** Used by the login page, which has no session yet. */
  readonly authorization?: string
}

export function apiUrl(path: string): URL {
  return new URL(`api/${path}`, document.baseURI)
}

/** Sends a request and gives what came back; null for an answer without content. */
export async function request<T>(path: string, options: RequestOptions = {}): Promise<T> {
  const response = await send(path, options)
  const text = await response.text()
  if (!response.ok) throw failure(response.status, text, options)
  return (text === '' ? null : JSON.parse(text)) as T
}

/** As `request`, for an answer whose body is read as it comes. */
export async function openStream(path: string, signal: AbortSignal): Promise<Response> {
  const response = await send(path, { signal, headers: { accept: 'text/event-stream' } })
  if (!response.ok) throw failure(response.status, await response.text(), {})
  return response
}

async function send(path: string, options: RequestOptions): Promise<Response> {
  const { method = 'GET', body, signal, authorization = session.value?.authorization } = options
  const headers: Record<string, string> = {
    accept: 'application/json',
    // Tells the broker not to make the browser open a password window of its own.
    'x-requested-with': 'warren-console',
    ...options.headers,
  }
  if (authorization !== undefined) headers.authorization = authorization
  if (body !== undefined) headers['content-type'] = 'application/json'
  try {
    return await fetch(apiUrl(path), {
      method,
      headers,
      body: body === undefined ? null : JSON.stringify(body),
      credentials: 'omit',
      signal: signal ?? null,
    })
  } catch (error) {
    if (signal?.aborted) throw error
    throw new ApiError(0, 'unreachable', error)
  }
}

function failure(status: number, text: string, options: RequestOptions): ApiError {
  if (status === 401 && options.authorization === undefined && isLoginRefused(text)) {
    endSession('expired')
  }
  return new ApiError(status, reasonOf(text) ?? `HTTP ${status}`)
}

/** RabbitMQ says 401 also for a right that is missing; only a refused login ends the session. */
function isLoginRefused(text: string): boolean {
  const reason = reasonOf(text)?.toLowerCase() ?? ''
  return reason === '' || reason.includes('login failed') || reason.includes('login')
}

function reasonOf(text: string): string | null {
  try {
    const body: unknown = JSON.parse(text)
    if (typeof body !== 'object' || body === null) return null
    const { reason, error } = body as { reason?: unknown; error?: unknown }
    return typeof reason === 'string' ? reason : typeof error === 'string' ? error : null
  } catch {
    return text === '' ? null : text.slice(0, 300)
  }
}
