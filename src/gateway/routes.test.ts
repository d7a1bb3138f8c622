import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { GatewayOptions, RouteOptions } from './options.ts'
import { Routes, routesByName, routingKeyOf } from './routes.ts'

function routes(
  given: Readonly<Record<string, RouteOptions>>,
  defaultQueue: string | null = null,
): Routes {
  const options: GatewayOptions = {
    xmlRpc: null,
    zerorpc: null,
    jsonRpc: null,
    grpc: null,
    vhost: '/',
    defaultQueue,
    codec: 'text',
    timeoutMs: 30_000,
    workerWaitMs: 0,
    runningMax: 1,
    waitingMax: 1,
    callerMax: 1,
    bodyBytesMax: 1,
    anonymousUser: null,
    anonymousPassword: '',
    routes: given,
    protoFile: null,
    protoService: null,
    curveSecretKey: null,
    curveClients: [],
    curveUser: null,
  }
  return new Routes(options)
}

describe('routes', () => {
  test('an exact name wins over a pattern, a longer pattern over a shorter one', () => {
    const table = routes(
      {
        add: { queue: 'adders' },
        math: { method: 'math.*', queue: 'math' },
        trig: { method: 'math.trig.*', queue: 'trig' },
      },
      'others',
    )
    const queueOf = (method: string): string | undefined => table.find(method)?.routingKey
    assert.equal(queueOf('add'), 'adders')
    assert.equal(queueOf('added'), 'others')
    assert.equal(queueOf('math.add'), 'math')
    assert.equal(queueOf('math.trig.sin'), 'trig')
    assert.deepEqual(table.names, ['add'])
  })

  test('what the caller names is put in as it is', () => {
    const route = routes({}, 'rpc.{method}').find('$&')
    assert.ok(route !== null)
    assert.equal(routingKeyOf(route, '$&'), 'rpc.$&')
    assert.ok(routesByName(route))
  })

  test('an exchange gets the method as routing key, unless one is named', () => {
    const table = routes({
      a: { exchange: 'calls' },
      b: { exchange: 'calls', routingKey: 'fixed', codec: 'json', timeoutMs: 5 },
    })
    const [a, b] = [table.find('a'), table.find('b')]
    assert.ok(a !== null && b !== null)
    assert.equal(routingKeyOf(a, 'a'), 'a')
    assert.deepEqual(b, {
      method: 'b',
      exchange: 'calls',
      routingKey: 'fixed',
      codec: 'json',
      timeoutMs: 5,
    })
    assert.equal(table.find('c'), null)
  })

  test('routes that contradict themselves or each other are refused', () => {
    assert.throws(() => routes({ a: {} }), /name a queue or an exchange/)
    assert.throws(() => routes({ a: { queue: 'q', exchange: 'e' } }), /either queue, or exchange/)
    assert.throws(
      () => routes({ a: { queue: 'q' }, b: { method: 'a', queue: 'r' } }),
      /two routes for the method a/,
    )
  })
})
