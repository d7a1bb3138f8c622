// The form of bench/results/rpc-*.json, and what is worked out from it.
import { median } from '../lib/statistics.ts'
import type { Method } from './contenders.ts'

export interface Row {
  readonly group: string
  readonly contender: string
  readonly label: string
  readonly method: Method
  readonly inFlight: number
  /** Of each round. */
  readonly callsPerSecond: readonly number[]
}

export interface SeedRow {
  readonly group: string
  readonly contender: string
  /** So many getObj and as many sendObj. */
  readonly calls: number
  readonly seconds: readonly number[]
}

export interface RpcResults {
  readonly date: string
  readonly commit: string
  readonly machine: Readonly<Record<string, string>>
  readonly loadBefore: number
  readonly rounds: number
  readonly seconds: number
  readonly inFlight: readonly number[]
  readonly brokers: readonly string[]
  readonly rows: readonly Row[]
  readonly seed: readonly SeedRow[]
  readonly bytesPerGetObj: Readonly<Record<string, number>>
}

export const nameOf = (one: { readonly group: string; readonly contender: string }): string =>
  `${one.group}: ${one.contender}`

export function rateOf(
  results: RpcResults,
  name: string,
  method: string,
  inFlight: number,
): number | undefined {
  const row = results.rows.find(
    (one) => nameOf(one) === name && one.method === method && one.inFlight === inFlight,
  )
  return row === undefined ? undefined : median(row.callsPerSecond)
}

export interface Target {
  readonly group: string
  readonly ours: string
  readonly theirs: string
  /** How many times theirs, by calls in flight. */
  readonly wanted: Readonly<Record<number, number>>
}

export const targets: readonly Target[] = [
  {
    group: 'XML-RPC',
    ours: 'Warren, both ends',
    theirs: 'Python, both ends',
    wanted: { 1: 3, 32: 3 },
  },
  {
    group: 'ZeroRPC',
    ours: 'Warren, both ends',
    theirs: 'Python, both ends',
    wanted: { 1: 3, 32: 3 },
  },
  {
    group: 'gRPC',
    ours: 'Warren, both ends',
    theirs: '@grpc/grpc-js, proto-loader',
    wanted: { 1: 0.9, 32: 0.9 },
  },
  {
    group: 'gRPC',
    ours: 'Warren, both ends',
    theirs: '@grpc/grpc-js, bytes',
    wanted: { 1: 0.9, 32: 0.9 },
  },
  {
    group: 'AMQP',
    ours: "Warren's toolkit over Warren",
    theirs: "Warren's toolkit over RabbitMQ",
    wanted: { 1: 2, 32: 4 },
  },
]

export function ratioOf(
  results: RpcResults,
  target: Target,
  method: string,
  inFlight: number,
): number | undefined {
  const ours = rateOf(results, `${target.group}: ${target.ours}`, method, inFlight)
  const theirs = rateOf(results, `${target.group}: ${target.theirs}`, method, inFlight)
  return ours === undefined || theirs === undefined ? undefined : ours / theirs
}
