// A broker as a child process: started on its cores, paused while another one is measured, stopped.
import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pinned } from '../lib/pinning.ts'
import { processTree, signalAll } from '../lib/process-stats.ts'
import { type RunningBroker, type StartContext, waitForHandshake } from './broker.ts'

export type ChildCommand = {
  readonly command: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly uri: string
  /** What is left to do when the processes have ended. */
  readonly afterStop?: () => void
}

const STOP_MAX_MS = 60_000

export async function startChild(
  context: StartContext,
  what: ChildCommand,
): Promise<RunningBroker> {
  const [program, ...rest] = pinned(context.cores, what.command)
  const logFile = join(context.directory, 'output.log')
  const log = openSync(logFile, 'a')
  const startedMs = performance.now()
  // A group of its own: an interrupt at the terminal reaches the harness first, which then stops it.
  const child = spawn(program as string, rest, {
    env: { ...process.env, ...what.environment },
    stdio: ['ignore', log, log],
    detached: true,
  })
  closeSync(log)
  let hasEnded = false
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => {
      hasEnded = true
      resolve()
    })
    child.once('error', () => {
      hasEnded = true
      resolve()
    })
  })
  const root = child.pid as number
  const onExit = (): void => {
    signalAll(processTree(root), 'SIGKILL')
    what.afterStop?.()
  }
  process.once('exit', onExit)
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const pids = processTree(root)
    signalAll(pids, 'SIGCONT')
    signalAll(pids, signal)
    const late = sleep(STOP_MAX_MS, 'late', { ref: false })
    if ((await Promise.race([ended, late])) === 'late') signalAll(processTree(root), 'SIGKILL')
    await ended
    process.removeListener('exit', onExit)
    what.afterStop?.()
  }
  let version: string
  try {
    version = await waitForHandshake(what.uri, () => hasEnded)
  } catch (error) {
    await end('SIGKILL')
    const output = readFileSync(logFile, 'utf8').slice(-2000)
    throw new Error(`${what.command.join(' ')} did not start:\n${output}`, { cause: error })
  }
  const startSeconds = (performance.now() - startedMs) / 1000
  const pids = processTree(root)
  return {
    uri: what.uri,
    version,
    pids,
    startSeconds,
    pause: () => signalAll(pids, 'SIGSTOP'),
    resume: () => signalAll(pids, 'SIGCONT'),
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  }
}
