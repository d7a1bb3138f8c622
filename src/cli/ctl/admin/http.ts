// One request of rabbitmqadmin, and how it says that one has failed. Not the client of the other
// commands: this one speaks TLS with certificates of one's own, and hands on the API's text as it is.

import { readFileSync } from 'node:fs'
import type { RequestOptions } from 'node:https'
import type { AdminCall } from './options.ts'

/** What went wrong between here and the broker, as it is printed. */
export class AdminFailure extends Error {
  override readonly name = 'AdminFailure'
}

interface Answer {
  readonly status: number
  readonly reason: string
  readonly text: string
}

export async function ask(
  call: AdminCall,
  method: string,
  path: string,
  body?: string,
): Promise<string> {
  const full = `${call.option('path-prefix')}/api${path}`
  const answer = await send(call, { method, path: full }, body)
  if (answer.status < 300) return answer.text
  if (answer.status === 400) throw new AdminFailure(reasonOf(answer.text))
  if (answer.status === 401) throw new AdminFailure(`Access refused: ${full}`)
  if (answer.status === 404) throw new AdminFailure(`Not found: ${full}`)
  throw new AdminFailure(
    `Received response ${answer.status} ${answer.reason} for path ${full}\n${answer.text}`,
  )
}

async function send(
  call: AdminCall,
  what: { readonly method: string; readonly path: string },
  body: string | undefined,
): Promise<Answer> {
  const timeoutSeconds = Number(call.option('request-timeout'))
  const options: RequestOptions = {
    ...what,
    host: call.option('host')!,
    port: call.option('port')!,
    auth: `${call.option('username')}:${call.option('password')}`,
    headers: body === undefined ? {} : { 'content-type': 'application/json' },
    signal: AbortSignal.timeout(timeoutSeconds * 1000),
    ...(call.switch('ssl') ? tlsOptions(call) : {}),
  }
  const { request } = call.switch('ssl')
    ? await import('node:https')
    : await import('../../../base/node-http.ts')
  try {
    return await new Promise<Answer>((resolve, reject) => {
      const asked = request(options, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.once('error', reject)
        response.once('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            reason: response.statusMessage ?? '',
            text: Buffer.concat(chunks).toString('utf8'),
          }),
        )
      })
      asked.once('error', reject)
      asked.end(body)
    })
  } catch (error) {
    throw connectionFailure(error, timeoutSeconds)
  }
}

function tlsOptions(call: AdminCall): RequestOptions {
  const file = (name: string): Buffer | undefined => {
    const path = call.option(name)
    return path === undefined ? undefined : readFileSync(path)
  }
  const [key, cert, ca] = [file('ssl-key-file'), file('ssl-cert-file'), file('ssl-ca-cert-file')]
  const anyHost = call.switch('ssl-disable-hostname-verification')
  return {
    ...(key === undefined ? {} : { key }),
    ...(cert === undefined ? {} : { cert }),
    ...(ca === undefined ? {} : { ca }),
    ...(anyHost ? { checkServerIdentity: () => undefined } : {}),
    rejectUnauthorized: !call.switch('ssl-insecure'),
  }
}

/** The only place where what a socket says is looked at. */
function connectionFailure(error: unknown, timeoutSeconds: number): AdminFailure {
  const cause = error instanceof Error ? error : new Error(String(error))
  if (cause.name === 'AbortError' || cause.name === 'TimeoutError') {
    return new AdminFailure(
      `Timed out getting HTTP response (request timeout: ${timeoutSeconds} seconds)`,
      { cause },
    )
  }
  const refused = 'code' in cause && cause.code === 'ECONNREFUSED'
  const why = refused ? '[Errno 111] Connection refused' : cause.message
  return new AdminFailure(`Could not connect: ${why}`, { cause })
}

function reasonOf(text: string): string {
  try {
    const body: unknown = JSON.parse(text)
    if (typeof body === 'object' && body !== null && 'reason' in body) return String(body.reason)
  } catch {
    // Not the API's own answer, but perhaps that of a proxy: it is shown as it is.
  }
  return text
}
