// The programs of examples/typescript do what the tutorial says, each in a process of its own.
import { join } from 'node:path'
import { describe } from 'node:test'
import { Child } from '../support/child.ts'
import { addressOf, runSeedScenarios } from '../support/seed-scenarios.ts'

const folder = join(import.meta.dirname, '../../examples/typescript')

/** Where one program with an argument stands for two of the tutorial's. */
const commands: Readonly<Record<string, readonly string[]>> = {
  direct_subscriber_one: ['direct-subscriber.ts', 'nb'],
  direct_subscriber_two: ['direct-subscriber.ts', 'nb', 'bnb'],
  topic_subscriber_star: ['topic-subscriber.ts', 'lqz.*'],
  topic_subscriber_hash: ['topic-subscriber.ts', 'lqz.#'],
  rpc_server: ['amqp-rpc-server.ts'],
  rpc_client: ['amqp-rpc-client.ts'],
}

describe('examples/typescript', () => {
  runSeedScenarios({
    queues: { unacknowledging: 'hello', acknowledging: 'hello' },
    launch(name, broker, { argument, workSeconds }) {
      const command = commands[name] ?? [`${name.replaceAll('_', '-')}.ts`]
      return new Child(
        process.execPath,
        argument === undefined ? command : [...command, argument],
        {
          cwd: folder,
          env: { ...addressOf(broker), WORK_SECONDS: `${workSeconds ?? 0}` },
        },
      )
    },
  })
})
