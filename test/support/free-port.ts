import { once } from 'node:events'
import { createServer } from 'node:net'

// Below the range that systems take the ports of outgoing connections from: such a port could be
// taken again between this probe and the server that it is for.
const lowest = 20_000
const highest = 32_000
const attempts = 100

/** A port of 127.0.0.1 that nobody listens on, for a server that has to be told its port. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest))
    if (await isFree(port)) return port
  }
  throw new Error(`no free port in ${attempts} attempts`)
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer().listen(port, '127.0.0.1')
  try {
    await once(probe, 'listening')
  } catch {
    return false
  }
  await once(probe.close(), 'close')
  return true
}
