// `warren rpc call`: one call, its result on standard output.
import { isAsyncIterable } from '../../rpc/value.ts'
import { argumentsOf, type CallRequest, printed, withClient } from './connection.ts'

export function call({ url, method, args, flags }: CallRequest): Promise<void> {
  return withClient(url, flags, async (client) => {
    const result = await client.$call(method, argumentsOf(args, flags.text))
    if (!isAsyncIterable(result)) {
      process.stdout.write(`${printed(result)}\n`)
      return
    }
    for await (const item of result) process.stdout.write(`${printed(item)}\n`)
  })
}
