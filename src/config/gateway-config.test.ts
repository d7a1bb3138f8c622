// The keys of the RPC gateways, from a file and from the environment.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { type LoadedConfig, loadConfig } from './load-config.ts'

function load(text: string, environment: Readonly<Record<string, string>> = {}): LoadedConfig {
  return loadConfig({
    flags: { '--config': 'gateway.conf' },
    environment,
    files: { read: () => text, list: () => [], isWritableDirectory: () => false },
  })
}

describe('gateways', () => {
  test('are off by default', () => {
    const { gateway } = load('').config
    assert.deepEqual(
      [gateway.xmlRpc, gateway.zerorpc, gateway.jsonRpc, gateway.grpc],
      [null, null, null, null],
    )
    assert.equal(gateway.defaultQueue, 'rpc_queue')
    assert.equal(gateway.codec, 'text')
  })

  test('listen at a port, at an address, or where the environment says', () => {
    const { config } = load('gateway.xml_rpc = 4242\ngateway.json_rpc = [::1]:4244', {
      WARREN_GATEWAY_GRPC: '0.0.0.0:4245',
      WARREN_GATEWAY_XML_RPC: 'none',
    })
    assert.equal(config.gateway.xmlRpc, null)
    assert.deepEqual(config.gateway.jsonRpc, { host: '::1', port: 4244 })
    assert.deepEqual(config.gateway.grpc, { host: '0.0.0.0', port: 4245 })
  })

  test('routes are gathered by name, one key after the other', () => {
    const { config, settings } = load(`
      gateway.route.fib.queue = rpc_queue
      gateway.route.math.method = math.*
      gateway.route.math.exchange = calls
      gateway.route.math.routing_key = m
      gateway.route.fib.codec = message-pack
      gateway.route.fib.timeout = 500ms`)
    assert.deepEqual(config.gateway.routes, {
      fib: { queue: 'rpc_queue', codec: 'message-pack', timeoutMs: 500 },
      math: { method: 'math.*', exchange: 'calls', routingKey: 'm' },
    })
    const shown = settings.find(({ key }) => key === 'gateway.route.*.queue')
    assert.match(shown?.value ?? '', /fib=\(queue=rpc_queue, codec=message-pack, timeoutMs=500\)/)
  })

  test('secrets are not shown, mistakes are', () => {
    const { settings, warnings } = load(`
      gateway.anonymous_password = hidden
      gateway.zerorpc.curve_secret_key = hidden
      gateway.rout.fib.queue = q`)
    assert.ok(settings.every(({ value }) => !value.includes('hidden')))
    assert.match(warnings[0]?.message ?? '', /gateway\.rout\.fib\.queue is not known/)
    assert.throws(() => load('gateway.codec = xml'), /text, json, message-pack, protobuf/)
    assert.throws(() => load('gateway.timeout = 0'), /at least 1ms/)
    assert.throws(() => load('gateway.max_running = 0'), /at least 1/)
  })

  test('the example is as the guide says', () => {
    const file = join(import.meta.dirname, '../../examples/gateways.conf')
    const { config, warnings } = load(readFileSync(file, 'utf8'))
    assert.deepEqual(warnings, [])
    assert.deepEqual(config.gateway.zerorpc, { host: null, port: 4243 })
    assert.deepEqual(config.gateway.routes, { fib: { queue: 'rpc_queue' } })
  })
})
