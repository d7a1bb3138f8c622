// A Celery worker and its caller, unmodified: tasks and results (backend rpc://), groups, retries and
// countdowns (which change the prefetch of a living consumer), remote control over pidbox fanouts.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { startBrokerUnderTest, type Target } from '../support/broker-under-test.ts'
import { Child } from '../support/child.ts'
import { findPython, skipUnless } from '../support/peers.ts'

const python = findPython(['celery'])
const skip = skipUnless(python !== undefined, 'no Python with Celery is installed')

describe('Celery', { skip }, () => {
  const cwd = join(import.meta.dirname, 'clients')
  let broker: Target
  const workers: Child[] = []
  before(async () => {
    broker = await startBrokerUnderTest()
  })
  after(async () => {
    await Promise.all(workers.map((worker) => worker.kill()))
    await broker?.stop()
  })

  /** A worker that is ready, and what its callers need in their environment. */
  async function startWorker(resultBackend: string): Promise<[Child, Record<string, string>]> {
    const env = {
      BROKER_URL: `${broker.url}//`,
      RESULT_BACKEND: resultBackend,
    }
    const command = ['-m', 'celery', '-A', 'celery_tasks', 'worker', '--pool', 'solo', '-l', 'info']
    const worker = new Child(python ?? 'python3', command, {
      cwd,
      env: { ...env, C_FORCE_ROOT: '1' },
    })
    workers.push(worker)
    await worker.says(/ ready\./)
    return [worker, env]
  }

  test('tasks and results, groups, chains, retries, countdown, remote control', async () => {
    const [worker, env] = await startWorker('rpc://')
    const caller = new Child(python ?? 'python3', ['celery_caller.py'], { cwd, env })
    assert.match(await caller.succeeds(60_000), /celery is content/)
    await worker.says(/revoked/i)
    await worker.kill('SIGTERM')
  })

  test('a chord', async () => {
    // The backend rpc:// has no chords; this one keeps results in files.
    const folder = mkdtempSync(join(tmpdir(), 'warren-celery-'))
    try {
      const [worker, env] = await startWorker(`file://${folder}`)
      const caller = new Child(python ?? 'python3', ['celery_chord_caller.py'], { cwd, env })
      assert.match(await caller.succeeds(60_000), /the chord is content/)
      await worker.kill('SIGTERM')
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
