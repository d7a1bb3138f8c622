// gRPC statuses and our errors: the sixteen codes are the same. Details travel in
// `grpc-status-details-bin`, a google.rpc.Status, where other libraries look for them as well.
import type { Metadata as GrpcMetadata, ServerErrorResponse, StatusObject } from '@grpc/grpc-js'
import { codeOfNumber, RpcCode, RpcError } from '../error.ts'
import { encodeStatus, statusDetails } from './codec.ts'

const detailsKey = 'grpc-status-details-bin'

export function statusOf(
  error: RpcError,
  newMetadata: () => GrpcMetadata,
): Partial<StatusObject> & Error {
  const code = RpcCode[error.code]
  const status: ServerErrorResponse = Object.assign(new Error(error.message), {
    code,
    details: error.message,
  })
  if (error.details === undefined && error.remote === undefined) return status
  const metadata = newMetadata()
  const { remote, details } = error
  try {
    const account = { details, name: remote?.name, trace: remote?.trace }
    metadata.set(detailsKey, encodeStatus(code, error.message, account))
  } catch {
    // Details that cannot be sent must not hide the error itself.
  }
  return Object.assign(status, { metadata })
}

export function errorOf(status: StatusObject): RpcError {
  const [packed] = status.metadata.get(detailsKey)
  const account = packed instanceof Buffer ? safely(() => statusDetails(packed)) : undefined
  const { name, trace } = account ?? {}
  return new RpcError(codeOfNumber(status.code), status.details, {
    details: account?.details ?? undefined,
    ...(typeof name === 'string'
      ? { remote: { name, ...(typeof trace === 'string' ? { trace } : {}) } }
      : {}),
  })
}

function safely<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
