// XML-RPC faults and our errors. Two dialects: the numbers of the "specification for fault code
// interoperability", and what Python's SimpleXMLRPCServer says, for callers that compare its text.
import { codeOfNumber, isRpcCode, RpcCode, RpcError } from '../error.ts'
import { isRecord } from '../value.ts'

export type FaultStyle = 'standard' | 'python'

export interface Fault {
  readonly faultCode: number
  readonly faultString: string
}

export const FaultCode = {
  PARSE_ERROR: -32700,
  UNSUPPORTED_ENCODING: -32701,
  INVALID_CHARACTER: -32702,
  INVALID_REQUEST: -32600,
  METHOD_NOT_FOUND: -32601,
  INVALID_PARAMS: -32602,
  INTERNAL_ERROR: -32603,
  APPLICATION_ERROR: -32500,
  SYSTEM_ERROR: -32400,
  TRANSPORT_ERROR: -32300,
} as const

/** A body that is not a method call. Its class and message are those of Python in that dialect. */
export class MalformedError extends RpcError {
  override readonly name = 'MalformedError'
  readonly faultCode: number
  readonly pythonClass: string

  constructor(
    kind: 'syntax' | 'structure' | 'value' | 'encoding',
    message: string,
    options?: { cause?: unknown },
  ) {
    super('INVALID_ARGUMENT', message, options)
    const [faultCode, pythonClass] = malformedKinds[kind]
    this.faultCode = faultCode
    this.pythonClass = pythonClass
  }
}

const malformedKinds = {
  syntax: [FaultCode.PARSE_ERROR, 'xml.parsers.expat.ExpatError'],
  structure: [FaultCode.INVALID_REQUEST, 'xmlrpc.client.ResponseError'],
  value: [FaultCode.INVALID_PARAMS, 'ValueError'],
  encoding: [FaultCode.UNSUPPORTED_ENCODING, 'LookupError'],
} as const

const codeNumbers: Partial<Record<RpcCode, number>> = {
  UNIMPLEMENTED: FaultCode.METHOD_NOT_FOUND,
  INVALID_ARGUMENT: FaultCode.INVALID_PARAMS,
  INTERNAL: FaultCode.INTERNAL_ERROR,
  UNKNOWN: FaultCode.APPLICATION_ERROR,
  UNAVAILABLE: FaultCode.TRANSPORT_ERROR,
}

/** The other codes have no number of their own in the interoperability list: ours follow gRPC's. */
const ownCodeBase = -32000

export function faultOf(error: RpcError, method: string, style: FaultStyle): Fault {
  const details = isRecord(error.details) ? error.details : {}
  const chosen = details.faultCode
  if (typeof chosen === 'number' && Number.isInteger(chosen)) {
    return { faultCode: chosen, faultString: error.message }
  }
  if (style === 'python') return { faultCode: 1, faultString: pythonText(error, method) }
  if (error instanceof MalformedError) {
    return { faultCode: error.faultCode, faultString: error.message }
  }
  const faultCode = codeNumbers[error.code] ?? ownCodeBase - RpcCode[error.code]
  const name = error.remote?.name
  const text = name === undefined || name === 'Error' ? error.message : `${name}: ${error.message}`
  const trace = error.remote?.trace
  return { faultCode, faultString: trace === undefined ? text : `${text}\n${trace}` }
}

const pythonClasses: Partial<Record<RpcCode, string>> = {
  INVALID_ARGUMENT: 'TypeError',
  DEADLINE_EXCEEDED: 'TimeoutError',
  PERMISSION_DENIED: 'PermissionError',
}

function pythonText(error: RpcError, method: string): string {
  if (error.code === 'UNIMPLEMENTED') {
    return `<class 'Exception'>:method "${method}" is not supported`
  }
  const known = error instanceof MalformedError ? error.pythonClass : pythonClasses[error.code]
  return `<class '${error.remote?.name ?? known ?? 'Exception'}'>:${error.message}`
}

/** What a fault that came as an answer means. */
export function errorOfFault(fault: Fault): RpcError {
  const details = { faultCode: fault.faultCode, faultString: fault.faultString }
  const [, name, message] = /^<class '([^']{1,200})'>:([\s\S]*)$/.exec(fault.faultString) ?? []
  if (fault.faultCode === 1 && name !== undefined && message !== undefined) {
    const unknownMethod = name === 'Exception' && /^method ".*" is not supported$/.test(message)
    const code = unknownMethod ? 'UNIMPLEMENTED' : 'UNKNOWN'
    return new RpcError(code, message, { details, remote: { name } })
  }
  return new RpcError(codeOfFault(fault.faultCode), fault.faultString, { details })
}

function codeOfFault(faultCode: number): RpcCode {
  if (faultCode < ownCodeBase && faultCode >= ownCodeBase - 16) {
    return codeOfNumber(ownCodeBase - faultCode)
  }
  const found = Object.entries(codeNumbers).find(([, number]) => number === faultCode)?.[0]
  if (isRpcCode(found)) return found
  if (faultCode === FaultCode.SYSTEM_ERROR) return 'INTERNAL'
  if (faultCode <= FaultCode.INVALID_REQUEST && faultCode >= FaultCode.INVALID_CHARACTER) {
    return 'INTERNAL'
  }
  return 'UNKNOWN'
}
