// Metrics of the RPC gateways, which RabbitMQ does not have: of each listener, and on request of each
// method.

import type { Context } from '../context.ts'
import type { GatewayMethodFacts } from '../gateways.ts'
import type { Exposition, Labels } from './exposition.ts'

const counters = [
  ['calls', 'calls', 'Calls that callers have made through gateways'],
  ['errors', 'errors', 'Calls through gateways that failed, busy ones and timeouts among them'],
  ['busy', 'busy', 'Calls through gateways that were told at once that no worker can take them'],
  ['timeouts', 'timeouts', 'Calls through gateways that were not answered in time'],
] as const

const quantiles = [
  ['0.5', 'p50'],
  ['0.95', 'p95'],
  ['0.99', 'p99'],
] as const

export function addGateways(out: Exposition, { gateways }: Context, perMethod: boolean): void {
  if (gateways === null) return
  const listeners = gateways.listeners()
  const methods = gateways.methods()
  for (const [field, name, help] of counters) {
    const samples = perMethod
      ? methods.map((facts) => ({ labels: labelsOf(facts), value: facts[field] }))
      : listeners.map((listener) => {
          const own = methods.filter(({ gateway }) => gateway === listener.name)
          const value = own.reduce((sum, facts) => sum + facts[field], 0)
          return { labels: { gateway: listener.name }, value }
        })
    out.add(`warren_gateway_${name}_total`, 'counter', help, samples)
  }
  for (const [field, name, help] of [
    ['runningCalls', 'running_calls', 'Calls through gateways that wait for their answers'],
    ['waitingCalls', 'waiting_calls', 'Calls that wait until they may be sent'],
    ['callersNow', 'callers', 'Addresses and users that have called in the last minute'],
  ] as const) {
    const samples = listeners.map((listener) => ({
      labels: { gateway: listener.name },
      value: listener[field],
    }))
    out.add(`warren_gateway_${name}`, 'gauge', help, samples)
  }
  if (perMethod) addLatencies(out, methods)
}

function addLatencies(out: Exposition, methods: readonly GatewayMethodFacts[]): void {
  const samples = methods.flatMap((facts) =>
    quantiles.flatMap(([quantile, field]) => {
      const milliseconds = facts.latencyMs?.[field]
      if (milliseconds === undefined) return []
      return [{ labels: { ...labelsOf(facts), quantile }, value: milliseconds / 1000 }]
    }),
  )
  const help = 'Times of calls through gateways that were answered in the last minutes'
  out.add('warren_gateway_latency_seconds', 'gauge', help, samples)
}

function labelsOf({ gateway, method }: GatewayMethodFacts): Labels {
  return { gateway, method }
}
