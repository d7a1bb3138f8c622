// Gateways for tests of what is shown of them: two listeners, and calls that nobody answers but this.

import type {
  GatewayCallerFacts,
  GatewayListenerFacts,
  GatewayMethodFacts,
  Gateways,
  GatewayTrial,
  GatewayTrialOutcome,
} from '../../src/management/gateways.ts'

const route = {
  method: '*',
  exchange: '',
  routingKey: 'rpc_queue',
  codec: 'text',
  timeoutMs: 5000,
} as const

const listener = {
  address: '127.0.0.1',
  authentication: 'basic',
  tls: false,
  callersNow: 2,
  runningCalls: 1,
  waitingCalls: 0,
} as const

export class FakeGateways implements Gateways {
  readonly tried: GatewayTrial[] = []

  listeners(): readonly GatewayListenerFacts[] {
    return [
      { ...listener, name: 'public', protocol: 'xml-rpc', port: 4242, vhost: '/', routes: [route] },
      {
        ...listener,
        name: 'inside',
        protocol: 'json-rpc',
        port: 4244,
        vhost: 'private',
        routes: [],
      },
    ]
  }

  methods(): readonly GatewayMethodFacts[] {
    const quiet = { errors: 0, busy: 0, timeouts: 0, rate: 0, rates: [], lastError: null }
    return [
      {
        ...quiet,
        gateway: 'inside',
        protocol: 'json-rpc',
        method: 'secret',
        target: 'inside',
        calls: 1,
        latencyMs: null,
      },
      {
        gateway: 'public',
        protocol: 'xml-rpc',
        method: 'fib',
        target: 'rpc_queue',
        calls: 1200,
        errors: 3,
        busy: 2,
        timeouts: 1,
        rate: 12.5,
        rates: [10, 12],
        latencyMs: { p50: 1.2, p95: 4, p99: 9.5 },
        lastError: { atMs: 1000, code: 'timeout', text: 'no answer in 5000 ms' },
      },
    ]
  }

  callers(): readonly GatewayCallerFacts[] {
    const shared = { gateway: 'public', connectedAtMs: 1000, calls: 600, runningCalls: 0 }
    return [
      { ...shared, peer: '10.0.0.1:5000', user: 'boss' },
      { ...shared, peer: '10.0.0.2:5001', user: 'clerk' },
    ]
  }

  async try(trial: GatewayTrial): Promise<GatewayTrialOutcome> {
    this.tried.push(trial)
    if (trial.method === 'nobody') {
      return { ok: false, code: 'busy', message: 'no worker', milliseconds: 1 }
    }
    const result = { fib: 832_040, none: null }
    return { ok: true, result, milliseconds: 3 }
  }
}
