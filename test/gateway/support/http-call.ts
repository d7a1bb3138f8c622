// JSON-RPC by fetch: what a caller without any library sees.

export interface HttpReply {
  readonly status: number
  readonly result?: unknown
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown }
}

export interface HttpCallOptions {
  readonly user?: string
  readonly password?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

export async function httpCall(
  port: number,
  method: string,
  params: unknown,
  options: HttpCallOptions = {},
): Promise<HttpReply> {
  const { user, password = user, headers, signal } = options
  const authorization = user === undefined ? {} : { authorization: basic(user, password ?? '') }
  const response = await fetch(`http://127.0.0.1:${port}/`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...authorization, ...headers },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    ...(signal === undefined ? {} : { signal }),
  })
  const text = await response.text()
  const body: unknown = response.status === 200 ? JSON.parse(text) : {}
  return { status: response.status, ...(body as object) }
}

export function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
}

/** The name of the error, such as UNAVAILABLE. */
export function codeOf({ error }: HttpReply): unknown {
  const { data } = error ?? {}
  return typeof data === 'object' && data !== null && 'code' in data ? data.code : undefined
}
