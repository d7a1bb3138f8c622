// RabbitMQ's own command line client of the HTTP API, taken from a RabbitMQ at test time, against Warren:
// every verb once.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { Broker } from '../../src/index.ts'
import { skipWithoutOracle, startOracle } from '../support/oracle.ts'

const execute = promisify(execFile)
const skip = skipWithoutOracle
let broker: Broker
let folder: string

before(async () => {
  if (skip !== false) return
  folder = mkdtempSync(join(tmpdir(), 'warren-rabbitmqadmin-'))
  const oracle = await startOracle({ plugins: ['rabbitmq_management'] })
  try {
    const url = oracle.managementUrl!.replace(/\/\/.*@/, '//')
    const response = await fetch(`${url}/cli/rabbitmqadmin`)
    assert.equal(response.status, 200)
    writeFileSync(join(folder, 'rabbitmqadmin'), await response.text())
  } finally {
    await oracle.stop()
  }
  broker = await Broker.start({ managementPort: 0 })
})
after(async () => {
  if (skip !== false) return
  await broker.stop()
  rmSync(folder, { recursive: true })
})

async function admin(...argv: string[]): Promise<string> {
  const { port } = new URL(broker.managementUrl!)
  const connection = ['-H', '127.0.0.1', '-P', port, '-u', 'guest', '-p', 'guest']
  const { stdout } = await execute('/usr/bin/python3', [
    join(folder, 'rabbitmqadmin'),
    ...connection,
    ...argv,
  ])
  return stdout.trim()
}

const rows = async (...argv: string[]): Promise<string[]> =>
  (await admin('-f', 'tsv', ...argv)).split('\n').slice(1)

test('rabbitmqadmin declares, lists, publishes, gets, purges, exports, imports and deletes', {
  skip,
}, async () => {
  const exported = join(folder, 'definitions.json')
  assert.match(await admin('show', 'overview'), /3\.13\.7/)
  assert.equal(await admin('declare', 'queue', 'name=q', 'durable=true'), 'queue declared')
  assert.equal(await admin('declare', 'exchange', 'name=x', 'type=topic'), 'exchange declared')
  assert.equal(
    await admin('declare', 'binding', 'source=x', 'destination=q', 'routing_key=a.#'),
    'binding declared',
  )
  const publish = ['publish', 'exchange=x', 'routing_key=a.b']
  assert.equal(await admin(...publish, 'payload=hello'), 'Message published')
  assert.equal(
    await admin('publish', 'exchange=x', 'routing_key=b', 'payload='),
    'Message published but NOT routed',
  )
  assert.deepEqual(await rows('get', 'queue=q'), ['a.b\tx\t0\thello\t5\tstring\tFalse'])
  assert.deepEqual(await rows('list', 'queues', 'name', 'messages'), ['q\t1'])
  assert.equal(await admin('purge', 'queue', 'name=q'), 'queue purged')
  assert.deepEqual(await rows('list', 'queues', 'name', 'messages'), ['q\t0'])
  assert.equal(await admin('declare', 'user', 'name=u', 'password=p', 'tags='), 'user declared')
  assert.equal(await admin('declare', 'vhost', 'name=v'), 'vhost declared')
  assert.equal(
    await admin('declare', 'permission', 'vhost=v', 'user=u', 'configure=', 'write=', 'read=.*'),
    'permission declared',
  )
  assert.equal(
    await admin('declare', 'policy', 'name=p', 'pattern=^q', 'definition={"max-length":3}'),
    'policy declared',
  )
  for (const kind of [
    'users',
    'vhosts',
    'permissions',
    'policies',
    'bindings',
    'exchanges',
    'nodes',
  ]) {
    assert.ok((await rows('list', kind)).length > 0, kind)
  }
  for (const kind of ['connections', 'channels', 'consumers', 'parameters']) {
    assert.equal(await admin('list', kind), 'No items')
  }
  await admin('export', exported)
  assert.equal(await admin('delete', 'queue', 'name=q'), 'queue deleted')
  assert.equal(await admin('delete', 'exchange', 'name=x'), 'exchange deleted')
  assert.equal(await admin('delete', 'policy', 'name=p'), 'policy deleted')
  assert.equal(await admin('delete', 'vhost', 'name=v'), 'vhost deleted')
  assert.equal(await admin('delete', 'user', 'name=u'), 'user deleted')
  await admin('import', exported)
  assert.deepEqual(await rows('list', 'queues', 'name'), ['q'])
  assert.deepEqual(await rows('list', 'bindings', 'source', 'routing_key'), ['\tq', 'x\ta.#'])
  assert.deepEqual(await rows('list', 'permissions', 'user', 'vhost'), [
    'guest\t/',
    'guest\tv',
    'u\tv',
  ])
})
