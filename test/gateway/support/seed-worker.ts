// The tutorial's rpc_server.py word for word, but for host and port, as a worker behind gateways.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Child } from '../../support/child.ts'
import { findPython } from '../../support/peers.ts'

const original = join(import.meta.dirname, '../../interop/seed-programs/rpc_server.py')

/** The user that the program logs in as. */
export const seedUser = { name: 'admin', password: '123456' } as const

export const pikaPython: string | undefined = findPython(['pika'])

export interface SeedWorker {
  readonly output: string
  kill(): Promise<void>
}

/** Resolves when the worker waits for requests. */
export async function startSeedWorker(port: number): Promise<SeedWorker> {
  const folder = mkdtempSync(join(tmpdir(), 'warren-seed-worker-'))
  const file = join(folder, 'rpc_server.py')
  const text = readFileSync(original, 'utf8').replace("'111', 5673", `'127.0.0.1', ${port}`)
  writeFileSync(file, text)
  const child = new Child(pikaPython ?? 'python3', [file])
  await child.says(/Awaiting RPC requests/)
  return {
    get output() {
      return child.output
    },
    kill: async () => {
      await child.kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
