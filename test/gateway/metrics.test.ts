// What Prometheus reads of gateways: sums of each listener that never fall, and each method on request.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startGatewayNode } from './support/gateway-node.ts'
import { basic, httpCall } from './support/http-call.ts'
import { startTextWorker } from './support/text-worker.ts'

test('metrics count calls of each gateway, and of each method on request', async () => {
  const lines = ['gateway.json_rpc = 0', 'gateway.xml_rpc = 0']
  await using node = await startGatewayNode(lines, '0')
  const metrics = async (path: string): Promise<string> => {
    const url = `http://127.0.0.1:${node.node.managementPort}${path}`
    const response = await fetch(url, { headers: { authorization: basic('guest', 'guest') } })
    assert.equal(response.status, 200)
    return response.text()
  }
  const worker = await startTextWorker(node.amqpUrl, { respond: () => '1' })
  for (let i = 0; i < 3; i += 1) await httpCall(node.port('json-rpc'), 'fib', [i])
  await httpCall(node.port('json-rpc'), 'fib', [1, 2])
  const all = await metrics('/metrics')
  for (const line of [
    'warren_gateway_calls_total{gateway="json-rpc"} 4',
    'warren_gateway_calls_total{gateway="xml-rpc"} 0',
    'warren_gateway_errors_total{gateway="json-rpc"} 1',
    'warren_gateway_busy_total{gateway="json-rpc"} 0',
    'warren_gateway_timeouts_total{gateway="json-rpc"} 0',
    'warren_gateway_running_calls{gateway="json-rpc"} 0',
    'warren_gateway_callers{gateway="json-rpc"} 1',
  ]) {
    assert.ok(all.split('\n').includes(line), line)
  }
  const each = await metrics('/metrics/per-object')
  assert.match(each, /^warren_gateway_calls_total\{gateway="json-rpc",method="fib"\} 4$/m)
  assert.match(
    each,
    /^warren_gateway_latency_seconds\{gateway="json-rpc",method="fib",quantile="0\.99"\} 0\.\d+$/m,
  )
  const check = `/api/health/checks/port-listener/${node.port('json-rpc')}`
  assert.match(await metrics(check), /"ok"/)
  // Names that callers make up do not make series without end.
  for (let i = 0; i < 250; i += 1) await httpCall(node.port('json-rpc'), `junk${i}`, [1, 2])
  const later = await metrics('/metrics')
  assert.match(later, /^warren_gateway_calls_total\{gateway="json-rpc"\} 254$/m)
  const series = (await metrics('/metrics/per-object')).match(/^warren_gateway_calls_total/gm)
  assert.ok(series !== null && series.length <= 201, String(series?.length))
  await worker.close()
})
