// Listeners that take no new connections for a while: by the API and by the control command. Clients
// that are connected go on, and the same ports listen again afterwards.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { connect } from 'amqplib'
import { Broker } from '../../src/index.ts'
import { control } from '../cli/control.ts'
import { field, TestClient } from '../management/api-client.ts'

let broker: Broker
let api: TestClient

before(async () => {
  broker = await Broker.start({ managementPort: 0 })
  api = new TestClient(broker.managementUrl!.replace('http://', 'http://guest:guest@'))
})
after(async () => {
  await broker?.stop()
})

const isDrained = async (): Promise<unknown> =>
  field((await api.get('/nodes')).body, '0.being_drained')

async function worksStill(client: Awaited<ReturnType<typeof connect>>): Promise<void> {
  const channel = await client.createConfirmChannel()
  const { queue } = await channel.assertQueue('', { exclusive: true })
  channel.sendToQueue(queue, Buffer.from('x'))
  await channel.waitForConfirms()
  assert.ok(await channel.get(queue, { noAck: true }))
  await channel.close()
}

test('suspended listeners keep their connections and refuse new ones', async () => {
  const { url } = broker
  const client = await connect(url)
  const operate = (action: string) => api.post('/node/operations', { action })
  for (let round = 0; round < 2; round += 1) {
    assert.equal((await operate('suspend_listeners')).status, 204)
    assert.equal((await operate('suspend_listeners')).status, 204)
    await assert.rejects(connect(url), { code: 'ECONNREFUSED' })
    await worksStill(client)
    assert.equal(await isDrained(), true)
    for (const check of ['is-in-service', 'ready-to-serve-clients', 'protocol-listener/amqp']) {
      assert.equal((await api.get(`/health/checks/${check}`)).status, 503, check)
    }
    assert.equal((await operate('resume_listeners')).status, 204)
    assert.equal((await operate('resume_listeners')).status, 204)
    const other = await connect(url)
    await worksStill(other)
    await other.close()
    assert.equal(await isDrained(), false)
    for (const check of ['is-in-service', 'ready-to-serve-clients', 'protocol-listener/amqp']) {
      assert.equal((await api.get(`/health/checks/${check}`)).status, 200, check)
    }
  }
  await client.close()
})

test('the control command suspends and resumes them', async () => {
  const environment = {
    WARREN_MANAGEMENT_URL: broker.managementUrl!,
    WARREN_USER: 'guest',
    WARREN_PASSWORD: 'guest',
  }
  const run = async (command: string): Promise<string> => {
    const { code, stdout, stderr } = await control([command], { environment })
    assert.equal(code, 0, stderr)
    return stdout
  }
  assert.match(await run('suspend_listeners'), /^Will suspend client listeners on node /)
  await assert.rejects(connect(broker.url), { code: 'ECONNREFUSED' })
  assert.match(await run('resume_listeners'), /^Will resume client listeners on node /)
  await (await connect(broker.url)).close()
})

test('a broker with suspended listeners stops, and ends its connections', async () => {
  const own = await Broker.start({ managementPort: 0 })
  const client = await connect(own.url)
  client.on('error', () => undefined)
  const closed = new Promise<void>((resolve) => client.once('close', () => resolve()))
  const ownApi = new TestClient(own.managementUrl!.replace('http://', 'http://guest:guest@'))
  await ownApi.post('/node/operations', { action: 'suspend_listeners' })
  await own.stop()
  await closed
})
