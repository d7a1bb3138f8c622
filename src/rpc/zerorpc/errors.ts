// ZeroRPC's error triple [class name, message, traceback] and our errors. Code and details travel in
// the header, where every peer ignores what it does not know.
import { isRpcCode, type RpcCode, RpcError } from '../error.ts'
import { isRecord } from '../value.ts'
import type { EventHeader } from './codec.ts'

const names: Partial<Record<RpcCode, string>> = {
  UNIMPLEMENTED: 'NameError',
  INVALID_ARGUMENT: 'TypeError',
  DEADLINE_EXCEEDED: 'TimeoutExpired',
  UNAVAILABLE: 'LostRemote',
}

/** Before version 2 there was only the text. */
export function errorArgs(error: RpcError, method: string, version: number): string[] {
  const name = error.remote?.name ?? names[error.code] ?? error.code
  const message = error.code === 'UNIMPLEMENTED' ? method : error.message
  if (version < 2) return [`${name}(${JSON.stringify(message)})`]
  return [name, message, error.remote?.trace ?? '']
}

export function errorHeader(error: RpcError): Record<string, unknown> {
  return { error: { code: error.code, details: error.details, message: error.message } }
}

const codesByName: Readonly<Record<string, RpcCode>> = {
  NameError: 'UNIMPLEMENTED',
  TimeoutExpired: 'DEADLINE_EXCEEDED',
  LostRemote: 'UNAVAILABLE',
}

export function errorOf(args: unknown, header: EventHeader): RpcError {
  const [first, second, third] = Array.isArray(args) ? (args as unknown[]) : [args]
  const single = second === undefined
  const name = single ? 'RemoteError' : String(first)
  const message = single ? String(first) : String(second)
  const trace = typeof third === 'string' && third !== '' ? third : undefined
  const remote = { name, ...(trace === undefined ? {} : { trace }) }
  const ours = isRecord(header.error) ? header.error : {}
  const { code, details } = ours
  if (isRpcCode(code)) {
    const text = typeof ours.message === 'string' ? ours.message : message
    return new RpcError(code, text, { details, remote })
  }
  const known = Object.hasOwn(codesByName, name) ? codesByName[name] : undefined
  return new RpcError(known ?? 'UNKNOWN', message, { remote })
}
