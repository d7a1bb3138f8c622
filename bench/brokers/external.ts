// A broker that somebody else started, given as name=amqp://...; its processes are not ours to look at
// unless name.pid=1234 is given as well.
import { processTree } from '../lib/process-stats.ts'
import { type BrokerSpec, waitForHandshake } from './broker.ts'

export function externalBroker(name: string, uri: string, pid: number | undefined): BrokerSpec {
  return {
    name,
    node: name,
    queueArguments: [],
    durability: 'not known',
    isDurableOnly: false,
    start: async () => ({
      uri,
      version: await waitForHandshake(uri, () => false),
      pids: pid === undefined ? undefined : processTree(pid),
      startSeconds: Number.NaN,
      pause: () => {},
      resume: () => {},
      stop: async () => {},
      kill: async () => {},
    }),
  }
}
