// Warren as users run it: the built program with its defaults.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type BrokerSpec, freePort, type RunningBroker, type StartContext } from './broker.ts'
import { startChild } from './child.ts'

/** `WARREN_MAIN` measures another build, for instance that of the commit before. */
const main = process.env.WARREN_MAIN ?? join(import.meta.dirname, '..', '..', 'dist', 'main.js')

/** As `npm start` and the program's first line have it. */
const programFlags = ['--max-semi-space-size=4']

export const warren: BrokerSpec = {
  name: 'warren',
  node: 'warren',
  queueArguments: [],
  durability: 'fdatasync before the confirm, one for all that waits (group commit)',
  isDurableOnly: false,
  start: (context) => startWarren(context, []),
}

/** `nodeFlags` are for the runtime: profilers, memory limits. */
export async function startWarren(
  context: StartContext,
  nodeFlags: readonly string[],
): Promise<RunningBroker> {
  if (!existsSync(main)) throw new Error(`${main} is not there: npm run build`)
  const port = await freePort()
  const managementPort = await freePort()
  const flags = ['--port', String(port), '--management-port', String(managementPort)]
  return startChild(context, {
    command: [
      process.execPath,
      ...programFlags,
      ...nodeFlags,
      main,
      ...flags,
      '--data-dir',
      context.directory,
    ],
    environment: {},
    uri: `amqp://guest:guest@127.0.0.1:${port}/`,
  })
}
