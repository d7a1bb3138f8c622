// What the kernel knows about a broker's processes: CPU time, memory, children. Linux only.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'

/** USER_HZ of /proc; 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100

type Stat = { readonly parent: number; readonly ticks: number }

function readStat(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The command name in parentheses may hold spaces; the fields after it do not.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return { parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) }
  } catch {
    return undefined
  }
}

function readStatus(pid: number, key: 'VmRSS' | 'VmHWM'): number {
  try {
    const match = new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(
      readFileSync(`/proc/${pid}/status`, 'latin1'),
    )
    return match === null ? 0 : Number(match[1]) * 1024
  } catch {
    return 0
  }
}

/** The process and all that descend from it. */
export function processTree(root: number): number[] {
  const children = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    const pid = Number(name)
    if (!Number.isInteger(pid)) continue
    const parent = readStat(pid)?.parent
    if (parent === undefined) continue
    children.set(parent, [...(children.get(parent) ?? []), pid])
  }
  const tree: number[] = []
  const visit = (pid: number): void => {
    tree.push(pid)
    for (const child of children.get(pid) ?? []) visit(child)
  }
  visit(root)
  return tree
}

export function cpuSeconds(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + (readStat(pid)?.ticks ?? 0), 0) / TICKS_PER_SECOND
}

export function residentBytes(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + readStatus(pid, 'VmRSS'), 0)
}

export function peakBytes(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + readStatus(pid, 'VmHWM'), 0)
}

/** Lets VmHWM begin again at what is resident now, where the kernel allows it. */
export function resetPeak(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      writeFileSync(`/proc/${pid}/clear_refs`, '5')
    } catch {
      // Not ours or not Linux: the peak since the start of the process is then what is shown.
    }
  }
}

export function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal)
    } catch {
      // It has ended in the meantime.
    }
  }
}
