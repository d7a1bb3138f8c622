// The programs of examples/python do what the tutorial says, each in a process of its own.
import { join } from 'node:path'
import { describe } from 'node:test'
import { Child } from '../support/child.ts'
import { findPython, skipUnless } from '../support/peers.ts'
import { addressOf, runSeedScenarios } from '../support/seed-scenarios.ts'

const python = findPython(['pika'])
const skip = skipUnless(python !== undefined, 'no Python with pika is installed')
const folder = join(import.meta.dirname, '../../examples/python')

describe('examples/python', { skip }, () => {
  runSeedScenarios({
    queues: { unacknowledging: 'hello', acknowledging: 'hello' },
    launch(name, broker, { argument, workSeconds }) {
      const args = [`${name}.py`, ...(argument === undefined ? [] : [argument])]
      return new Child(python ?? 'python3', args, {
        cwd: folder,
        env: { ...addressOf(broker), WORK_SECONDS: `${workSeconds ?? 0}` },
      })
    },
  })
})
