// What the tests of outside behaviour run against: always Warren, and for comparing also a
// private RabbitMQ node where one is installed.
import { after, before, describe } from 'node:test'
import { type Definitions, everything, user } from './definitions.ts'
import { type OracleOptions, skipWithoutOracle, startOracle } from './oracle.ts'
import { startWarren } from './warren.ts'

export interface Target {
  readonly kind: 'warren' | 'rabbitmq'
  /** With the user guest. */
  readonly url: string
  stop(): Promise<void>
}

/** The user of RabbitMQ's own defaults and the user of the seed's programs. */
export const usualDefinitions: Definitions = {
  users: [
    user('guest', 'guest', 'administrator'),
    user('admin', '123456', 'administrator'),
    user('lqz', '123', 'administrator'),
  ],
  vhosts: [{ name: '/' }],
  permissions: [everything('guest'), everything('admin'), everything('lqz')],
}

async function startTarget(kind: Target['kind'], options: OracleOptions = {}): Promise<Target> {
  const complete = { definitions: usualDefinitions, ...options }
  if (kind === 'warren') return { kind, ...(await startWarren(complete)) }
  return { kind, ...(await startOracle(complete)) }
}

/**
 * For interoperation tests, which need one broker: Warren, or with WARREN_TEST_TARGET=rabbitmq the
 * original, to see that a test asks nothing that RabbitMQ does not do.
 */
export async function startBrokerUnderTest(options: OracleOptions = {}): Promise<Target> {
  const wanted = process.env.WARREN_TEST_TARGET
  return await startTarget(wanted === 'rabbitmq' ? 'rabbitmq' : 'warren', options)
}

/** Declares the same tests twice: for Warren and for RabbitMQ. One node serves a whole file. */
export function onEachBroker(options: OracleOptions, tests: (target: () => Target) => void): void {
  for (const kind of ['warren', 'rabbitmq'] as const) {
    const skip = kind === 'rabbitmq' ? skipWithoutOracle : false
    describe(`${kind === 'warren' ? 'Warren' : 'RabbitMQ'}:`, { skip }, () => {
      let target: Target | undefined
      before(async () => {
        target = await startTarget(kind, options)
      })
      after(async () => {
        await target?.stop()
      })
      tests(() => {
        if (target === undefined) throw new Error(`${kind} did not start`)
        return target
      })
    })
  }
}
