// ZeroRPC beyond this machine: encrypted, and only for the clients whose keys are listed.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { curveKeyPair } from 'zeromq'
import { connect } from '../../src/rpc/index.ts'
import { startGatewayNode } from './support/gateway-node.ts'
import { startTextWorker } from './support/text-worker.ts'

interface Service {
  fib(n: number): number
}

/** `$(` in a configuration file begins the name of a variable. */
function keyPair(): ReturnType<typeof curveKeyPair> {
  for (;;) {
    const pair = curveKeyPair()
    if (!`${pair.publicKey} ${pair.secretKey}`.includes('$(')) return pair
  }
}

test('by CURVE, listed keys are let in and act as the configured user', async () => {
  const server = keyPair()
  const listed = keyPair()
  await using node = await startGatewayNode([
    'gateway.zerorpc = 0.0.0.0:0',
    `gateway.zerorpc.curve_secret_key = '${server.secretKey}'`,
    `gateway.zerorpc.curve_client.1 = '${listed.publicKey}'`,
    'gateway.zerorpc.curve_user = machine',
  ])
  const { access, hasher } = node.node.core
  access.putUser({ name: 'machine', password: hasher.hash(''), tags: [], limits: {} })
  access.setPermissions('machine', '/', { configure: '', write: '.*', read: '' })
  const worker = await startTextWorker(node.amqpUrl, { respond: () => '1' })
  const url = `zerorpc://127.0.0.1:${node.port('zerorpc')}`
  const curve = { serverKey: server.publicKey }
  {
    await using client = connect<Service>(url, { zerorpc: { curve: { ...curve, ...listed } } })
    assert.equal(await client.fib(1), 1)
    assert.equal(worker.requests[0]?.properties.userId, 'machine')
  }
  const strangers = [
    { curve: { ...curve, ...curveKeyPair() } },
    { curve: { serverKey: curveKeyPair().publicKey } },
    {},
  ]
  for (const zerorpc of strangers) {
    await using stranger = connect<Service>(url, { zerorpc })
    await assert.rejects(stranger.$with({ timeoutMs: 300 }).fib(1))
  }
  assert.equal(worker.requests.length, 1)
  const [facts] = node.gateways.listeners()
  assert.equal(facts?.authentication, 'curve')
  await worker.close()
})

test('a key that is none, or nobody to act as, stops the start with the reason', async () => {
  const { secretKey } = keyPair()
  await assert.rejects(
    startGatewayNode([
      'gateway.zerorpc = 0',
      `gateway.zerorpc.curve_secret_key = '${secretKey}'`,
      'gateway.zerorpc.curve_client.1 = abc',
      'gateway.zerorpc.curve_user = guest',
    ]),
    /40 characters/,
  )
  await assert.rejects(
    startGatewayNode(['gateway.zerorpc = 0', `gateway.zerorpc.curve_secret_key = '${secretKey}'`]),
    /curve_user/,
  )
})
