// From the flags of a command to a client, and from what went wrong to a message and an exit code.

import type { Client } from '../../rpc/client-types.ts'
import { connect } from '../../rpc/connect.ts'
import { RpcCode, RpcError } from '../../rpc/error.ts'

export interface ConnectionFlags {
  readonly timeout: string
  readonly metadata?: readonly string[]
  readonly token?: string
  readonly proto?: string
  readonly service?: string
  readonly text?: boolean
  readonly inFlight?: string
  readonly duration?: string
}

export interface CallRequest {
  readonly url: string
  readonly method: string
  readonly args: readonly string[]
  readonly flags: ConnectionFlags
}

export type AnyClient = Client<Record<string, (...args: unknown[]) => unknown>>

export class UsageError extends Error {
  override readonly name = 'UsageError'
}

export function positiveNumber(text: string, what: string): number {
  const number = Number(text)
  if (!(number > 0)) throw new UsageError(`${what} must be a positive number, not ${text}`)
  return number
}

function metadataOf(pairs: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const equals = pair.indexOf('=')
      if (equals <= 0) throw new UsageError(`metadata is given as key=value, not ${pair}`)
      return [pair.slice(0, equals), pair.slice(equals + 1)]
    }),
  )
}

export function argumentsOf(texts: readonly string[], asText: boolean | undefined): unknown[] {
  return texts.map((text) => {
    if (asText === true) return text
    try {
      return JSON.parse(text)
    } catch {
      return text
    }
  })
}

export function open(url: string, flags: ConnectionFlags): AnyClient {
  const { token, proto, service } = flags
  if ((proto === undefined) !== (service === undefined)) {
    throw new UsageError('--proto and --service belong together')
  }
  const http = token === undefined ? {} : { token }
  const grpc =
    proto === undefined || service === undefined
      ? http
      : { ...http, proto: { file: proto, service } }
  return connect(url, {
    timeoutMs: positiveNumber(flags.timeout, '--timeout') * 1000,
    metadata: metadataOf(flags.metadata),
    jsonRpc: http,
    xmlRpc: http,
    grpc,
  })
}

/** Runs with a client, closes it, and turns errors into one line and an exit code. */
export async function withClient(
  url: string,
  flags: ConnectionFlags,
  run: (client: AnyClient) => Promise<void>,
): Promise<void> {
  let client: AnyClient | undefined
  try {
    client = open(url, flags)
    await run(client)
  } catch (reason) {
    process.exitCode = report(reason)
  } finally {
    await client?.$close()
  }
}

/** Exit code 2 for the command line, 1 for the call; the code of the error is in the text. */
function report(reason: unknown): number {
  if (reason instanceof UsageError || reason instanceof TypeError) {
    process.stderr.write(`${reason.message}\n`)
    return 2
  }
  const error = RpcError.from(reason)
  const number = RpcCode[error.code]
  process.stderr.write(`${error.code} (${number}): ${error.message}\n`)
  if (error.details !== undefined) process.stderr.write(`${printed(error.details)}\n`)
  if (error.remote?.trace !== undefined) process.stderr.write(`${error.remote.trace}\n`)
  return 1
}

/** JSON with the types that JSON has no word for written as text. */
export function printed(value: unknown): string {
  const replacer = (_key: string, item: unknown): unknown => {
    if (typeof item === 'bigint') return String(item)
    if (typeof item === 'number' && !Number.isFinite(item)) return String(item)
    return item
  }
  const plain = (item: unknown): unknown => {
    if (item instanceof Uint8Array) return { $bytes: Buffer.from(item).toString('base64') }
    if (Array.isArray(item)) return item.map(plain)
    if (typeof item !== 'object' || item === null || item instanceof Date) return item
    return Object.fromEntries(Object.entries(item).map(([key, inner]) => [key, plain(inner)]))
  }
  return JSON.stringify(plain(value) ?? null, replacer, 2)
}
