// What can be chosen for XML-RPC, on both ends.
import type { HttpClientOptions } from '../http/client.ts'
import type { HttpServerOptions } from '../http/server.ts'
import type { FaultStyle } from './errors.ts'

export interface XmlRpcCodecOptions {
  /** Send null and undefined as `<nil/>`, Python's `allow_none`. Default true. */
  readonly allowNull?: boolean
  /** Whole numbers beyond 32 bits: `throw` as Python does (default), or send `i8` or `double`. */
  readonly largeIntegers?: 'throw' | 'i8' | 'double'
  /** Send `inf` and `nan`, which Python understands but the specification forbids. Default false. */
  readonly nonFinite?: boolean
  /** What a time without zone means, and how a Date is written. Default `utc`. */
  readonly timeZone?: 'utc' | 'local'
  /** Nested arrays and structs. Default 128. */
  readonly depthMax?: number
  /** Values in one message. Default a million. */
  readonly valuesMax?: number
}

export const defaultDepthMax = 128
export const defaultValuesMax = 1_000_000

export interface XmlRpcServerOptions extends HttpServerOptions, XmlRpcCodecOptions {
  /** Default `/` and `/RPC2`, where Python's client looks. */
  readonly paths?: readonly string[]
  /** Answer `system.listMethods`, `methodHelp` and `methodSignature`. Default true. */
  readonly introspection?: boolean
  /** Answer `system.multicall`. Default true. */
  readonly multicall?: boolean
  /** Calls in one `system.multicall`. Default 1000. */
  readonly multicallMax?: number
  /** `python`: fault code 1 and Python's texts, for callers that compare them. Default `standard`. */
  readonly faults?: FaultStyle
}

export interface XmlRpcClientOptions extends HttpClientOptions, XmlRpcCodecOptions {}
