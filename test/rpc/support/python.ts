// Python peers: how they are started, waited for, and ended; and why a test that needs one may be
// skipped. With WARREN_REQUIRE_PEERS=1 nothing is skipped, so a missing peer is a failure.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..', '..', '..')
const venvPython = join(root, '.venv', 'bin', 'python')
const required = process.env.WARREN_REQUIRE_PEERS === '1'

/** A reason to skip, or false. `python3` is enough for the standard library's XML-RPC. */
export function missingPython(kind: 'python3' | 'venv'): string | false {
  if (required) return false
  if (kind === 'venv') {
    return existsSync(venvPython) ? false : 'no .venv: run scripts/python-venv.sh'
  }
  return spawnSync('python3', ['--version']).status === 0 ? false : 'python3 is not installed'
}

const interpreter = (): string => (existsSync(venvPython) ? venvPython : 'python3')

export const peerPath = (name: string): string => join(root, 'test', 'rpc', 'peers', name)
export const examplePath = (name: string): string => join(root, 'examples', 'python', name)

function reachable(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

export interface PythonPeer {
  readonly process: ChildProcess
  readonly output: () => string
  stop(): Promise<void>
}

function start(script: string, args: readonly string[]): PythonPeer {
  const env = { ...process.env, PYTHONUNBUFFERED: '1' }
  const child = spawn(interpreter(), [script, ...args], { cwd: root, env })
  let text = ''
  const collect = (chunk: Buffer): void => {
    text = (text + chunk.toString()).slice(-100_000)
  }
  child.stdout.on('data', collect)
  child.stderr.on('data', collect)
  return {
    process: child,
    output: () => text,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGKILL')
      await ended
    },
  }
}

/** Starts a server and waits until it listens on the port. */
export async function startPython(
  script: string,
  args: readonly string[],
  port?: number,
): Promise<PythonPeer> {
  const peer = start(script, args)
  for (let tries = 0; tries < 600; tries++) {
    if (peer.process.exitCode !== null) assert.fail(`${script} ended: ${peer.output()}`)
    const ready = port === undefined ? /ready|Awaiting/.test(peer.output()) : await reachable(port)
    if (ready) return peer
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  await peer.stop()
  return assert.fail(`${script} does not listen: ${peer.output()}`)
}

/** Runs a program to its end; fails unless it succeeds. */
export async function runPython(script: string, args: readonly string[]): Promise<string> {
  const peer = start(script, args)
  const code = await new Promise((resolve) => peer.process.once('close', resolve))
  assert.equal(code, 0, peer.output())
  return peer.output()
}
