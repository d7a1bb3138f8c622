// What the figures were taken on.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'

export function describeMachine(directory: string): Record<string, string> {
  const memory = `${Math.round(totalmem() / 2 ** 30)} GB`
  return {
    processor: `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}`,
    memory,
    kernel: `Linux ${release()}`,
    node: process.version,
    disk: fileSystemOf(directory),
    tcp: congestionControl(),
  }
}

/** Long bodies depend on it also over loopback: bbr paces them. */
function congestionControl(): string {
  const file = '/proc/sys/net/ipv4/tcp_congestion_control'
  return existsSync(file) ? readFileSync(file, 'latin1').trim() : 'unknown'
}

function fileSystemOf(directory: string): string {
  const { stdout } = spawnSync('stat', ['-f', '-c', '%T', directory], { encoding: 'utf8' })
  return (stdout ?? '').trim() || 'unknown'
}

export function isInMemory(directory: string): boolean {
  return /tmpfs|ramfs/.test(fileSystemOf(directory))
}

export function commitOf(directory: string): string {
  const options = { cwd: directory, encoding: 'utf8' } as const
  const commit = (spawnSync('git', ['rev-parse', '--short', 'HEAD'], options).stdout ?? '').trim()
  const isDirty = (spawnSync('git', ['status', '--porcelain', 'src'], options).stdout ?? '') !== ''
  return commit === '' ? 'unknown' : `${commit}${isDirty ? ' with changes' : ''}`
}

/** Other programs make figures worthless: more than this load before the start is worth a warning. */
export function loadBefore(): number {
  return Number(readFileSync('/proc/loadavg', 'latin1').split(' ')[0])
}
