// The tutorial programs word for word as they were published (seed-programs/), with nothing changed
// but host, port, credentials, and for some tests the routing key and the seconds of work.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe } from 'node:test'
import type { Target } from '../support/broker-under-test.ts'
import { Child } from '../support/child.ts'
import { findPython, skipUnless } from '../support/peers.ts'
import { runSeedScenarios } from '../support/seed-scenarios.ts'

const python = findPython(['pika'])
const skip = skipUnless(python !== undefined, 'no Python with pika is installed')

/** The replacements that somebody who copies the text to his machine has to make. */
function adapt(text: string, broker: Target): string {
  const { hostname, port } = new URL(broker.url)
  return text
    .replace(/'(139\.9\.67\.5|101\.133\.225\.166|111)'/g, `'${hostname}'`)
    .replace(/\b5673\b/g, port)
    .replace(
      /ConnectionParameters\('([\d.]+)', credentials/g,
      `ConnectionParameters('$1', ${port}, credentials`,
    )
    .replaceAll('"admin", "admin"', '"admin", "123456"')
}

describe('the published programs', { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'warren-seed-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  let launched = 0

  runSeedScenarios({
    queues: { unacknowledging: 'First', acknowledging: 'lqz' },
    launch(name, broker, { argument, workSeconds }) {
      const original = readFileSync(
        join(import.meta.dirname, 'seed-programs', `${name}.py`),
        'utf8',
      )
      let text = adapt(original, broker)
      if (argument !== undefined)
        text = text.replace(/routing_key='[\w.]+'/, `routing_key='${argument}'`)
      if (workSeconds !== undefined)
        text = text.replace('time.sleep(50)', `time.sleep(${workSeconds})`)
      const file = join(folder, `${++launched}-${name}.py`)
      writeFileSync(file, text)
      return new Child(python ?? 'python3', [file])
    },
  })
})
