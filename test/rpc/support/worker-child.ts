// A worker in a process of its own, so that a test can kill it in the middle of a call.
// Usage: worker-child.ts URL QUEUE NAME
import { amqp, serve, service } from '../../../src/rpc/index.ts'

const [, , url, queue = '', name = ''] = process.argv
const worker = service('Worker', {
  /** Says that it has begun, and answers only when it is called `survivor`. */
  work: (): Promise<string> => {
    console.log('begun')
    return name === 'survivor' ? Promise.resolve(name) : new Promise(() => {})
  },
})
await serve(worker, [amqp({ ...(url === undefined ? {} : { url }), queue, prefetch: 1 })])
console.log('ready')
