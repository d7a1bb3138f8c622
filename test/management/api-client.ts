// A plain client of the HTTP API for tests: what was sent, what came back, nothing hidden.

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: unknown
}

export class TestClient {
  readonly #base: string
  readonly #authorization: string | undefined

  /** `url` may hold user and password. */
  constructor(url: string, authorization?: string) {
    const { protocol, host, username, password } = new URL(url)
    this.#base = `${protocol}//${host}/api`
    this.#authorization =
      authorization ??
      (username === ''
        ? undefined
        : `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')}`)
  }

  async request(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const response = await fetch(this.#base + path, {
      method,
      headers: {
        ...(this.#authorization === undefined ? {} : { authorization: this.#authorization }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, body: parse(text) }
  }

  async get(path: string): Promise<Answer> {
    return this.request('GET', path)
  }

  async put(path: string, body?: unknown): Promise<Answer> {
    return this.request('PUT', path, body)
  }

  async post(path: string, body?: unknown): Promise<Answer> {
    return this.request('POST', path, body)
  }

  async delete(path: string): Promise<Answer> {
    return this.request('DELETE', path)
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** A member of an answer by its path: `field(body, 'queue.name')`, `field(body, '0.name')`. */
export function field(value: unknown, path: string): unknown {
  let current = value
  for (const part of path.split('.')) {
    if (typeof current !== 'object' || current === null) return undefined
    current = Object.entries(current).find(([key]) => key === part)?.[1]
  }
  return current
}

export function pick(value: unknown, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, field(value, name)]))
}
