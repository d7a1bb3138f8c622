// Bytes on the wire per call: a proxy counts both directions while it passes them on.
import { connect, createServer } from 'node:net'
import type { BenchClient } from './contenders.ts'

export async function bytesPerCall(
  port: number,
  open: (port: number) => Promise<BenchClient>,
): Promise<number> {
  let bytes = 0
  const proxy = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    near.on('data', (chunk) => {
      bytes += chunk.length
    })
    far.on('data', (chunk) => {
      bytes += chunk.length
    })
    near.on('error', () => far.destroy())
    far.on('error', () => near.destroy())
    near.pipe(far).pipe(near)
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', () => resolve()))
  const address = proxy.address()
  const client = await open(typeof address === 'object' && address !== null ? address.port : 0)
  // What it takes to connect is not part of a call.
  for (let i = 0; i < 5; i++) await client.getObj()
  const before = bytes
  const calls = 50
  for (let i = 0; i < calls; i++) await client.getObj()
  const perCall = (bytes - before) / calls
  await client.$close()
  proxy.close()
  return Math.round(perCall)
}
