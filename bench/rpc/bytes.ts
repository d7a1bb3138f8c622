// Bytes on the wire per call: a proxy counts both directions while it passes them on. What it takes to
// connect is not part of a call, so two runs are compared.
import { connect, createServer } from 'node:net'
import type { Contender } from './contenders.ts'

const few = 10
const many = 60

export async function bytesPerCall(bytes: Required<Contender>['bytes']): Promise<number> {
  const first = await counted(bytes, few)
  const second = await counted(bytes, many)
  return Math.round((second - first) / (many - few))
}

async function counted({ port, getObj }: Required<Contender>['bytes'], calls: number) {
  let total = 0
  const proxy = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    const count = (chunk: Buffer): void => {
      total += chunk.length
    }
    near.on('data', count)
    far.on('data', count)
    near.on('error', () => far.destroy())
    far.on('error', () => near.destroy())
    near.pipe(far).pipe(near)
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', () => resolve()))
  const address = proxy.address()
  await getObj(typeof address === 'object' && address !== null ? address.port : 0, calls)
  proxy.close()
  return total
}
