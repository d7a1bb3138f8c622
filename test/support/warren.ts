// Warren as a target of the outside tests: in this process, on a free port, in memory.
import type { OracleOptions } from './oracle.ts'

interface RunningBroker {
  readonly url: string
  stop(): Promise<void>
}

export async function startWarren(options: OracleOptions): Promise<RunningBroker> {
  const { Broker } = (await import('../../src/index.ts')) as unknown as {
    Broker: { start(options: object): Promise<RunningBroker> }
  }
  return await Broker.start({ port: 0, definitions: options.definitions })
}
