// A Celery worker and its caller, unmodified: tasks and results (backend rpc://), groups, retries and
// countdowns (which change the prefetch of a living consumer), remote control over pidbox fanouts.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { startBrokerUnderTest, type Target } from '../support/broker-under-test.ts'
import { Child } from '../support/child.ts'
import { findPython, skipUnless } from '../support/peers.ts'

const python = findPython(['celery'])
const skip = skipUnless(python !== undefined, 'no Python with Celery is installed')

describe('Celery', { skip }, () => {
  let broker: Target
  let worker: Child
  before(async () => {
    broker = await startBrokerUnderTest()
  })
  after(async () => {
    await worker?.kill()
    await broker?.stop()
  })

  test('worker, tasks, retries, countdown, remote control', async () => {
    const cwd = join(import.meta.dirname, 'clients')
    const env = { BROKER_URL: `${broker.url}//`, PYTHONDONTWRITEBYTECODE: '1' }
    const command = ['-m', 'celery', '-A', 'celery_tasks', 'worker', '--pool', 'solo', '-l', 'info']
    worker = new Child(python ?? 'python3', command, { cwd, env: { ...env, C_FORCE_ROOT: '1' } })
    await worker.says(/ ready\./)
    const caller = new Child(python ?? 'python3', ['celery_caller.py'], { cwd, env })
    assert.match(await caller.succeeds(60_000), /celery is content/)
    await worker.says(/revoked/i)
    await worker.kill('SIGTERM')
  })
})
