// The other processes of the RPC benchmark: servers that run until they are stopped, and Python
// clients that print their result.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..', '..')
const python = join(root, '.venv', 'bin', 'python')
const peer = join(import.meta.dirname, 'peer.py')

export const hasPython = (): boolean => existsSync(python)

export type Stop = () => Promise<void>

async function startChild(command: string, args: readonly string[]): Promise<Stop> {
  const child: ChildProcess = spawn(command, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const onExit = (): void => {
    child.kill('SIGKILL')
  }
  process.once('exit', onExit)
  await new Promise<void>((resolve, reject) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      if (chunk.includes('ready')) resolve()
    })
    child.once('exit', () => reject(new Error(`${args.join(' ')} ended`)))
    child.once('error', reject)
  })
  return async () => {
    process.removeListener('exit', onExit)
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await ended
  }
}

export const serveOnNode = (transport: string, where: string): Promise<Stop> =>
  startChild(process.execPath, [join(root, 'bench', 'rpc-serve.ts'), transport, where])

export const serveOnPython = (kind: string, where: string): Promise<Stop> =>
  startChild(python, [peer, 'serve', kind, where])

export interface PythonResult {
  readonly calls: number
  readonly seconds: number
}

export async function runPython(args: readonly string[]): Promise<PythonResult> {
  const child = spawn(python, [peer, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
  })
  const code = await new Promise((resolve) => child.once('close', resolve))
  if (code !== 0) throw new Error(`${args.join(' ')} failed`)
  return JSON.parse(output)
}
