// log_tail: the last lines of the broker's log, where that is a file of this machine.

import { readFileSync } from 'node:fs'
import type { Call, Command, Output } from '../command.ts'
import { ExitCode, Failure, UsageFailure } from '../failure.ts'
import { thisNode } from './status-report.ts'

const defaultCount = '50'

export const logTailCommand: Command = {
  name: 'log_tail',
  tools: ['diagnostics'],
  group: 'Monitoring, observability and health checks',
  summary: 'Prints the last lines of the log on the node',
  options: [{ name: 'number', short: 'N', value: 'number', documentation: 'how many lines (50)' }],
  details: `  PROGRAM log_tail -N 200

Only for a log in a file (log.file) on this machine. What goes to standard error is with whoever
started the broker: journalctl -u warren, docker logs, kubectl logs.`,
  check(call) {
    const count = call.option('number') ?? defaultCount
    if (!/^\d+$/.test(count)) throw new UsageFailure('--number takes a whole number')
  },
  banner: ({ node, ...call }) =>
    `Last ${call.option('number') ?? defaultCount} log lines on node ${node} ...`,
  run: lastLines,
}

async function lastLines(call: Call): Promise<Output> {
  const node = await thisNode(call.api, await call.api.item('/overview'))
  const [file] = Array.isArray(node.log_files) ? node.log_files.map(String) : []
  if (file === undefined || file.startsWith('<')) {
    throw new Failure(
      ExitCode.unavailable,
      'the broker logs to standard error: see journalctl, docker logs, or set log.file',
    )
  }
  const count = Number(call.option('number') ?? defaultCount)
  const lines = read(file).trimEnd().split('\n')
  return { kind: 'text', text: count === 0 ? '' : lines.slice(-count).join('\n') }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Failure(ExitCode.dataError, reason, { cause: error })
  }
}
