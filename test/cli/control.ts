// Runs warrenctl in this process as if it had been started from a shell.

import type { ProgressScreen } from '../../src/cli/ctl/progress.ts'
import { runControl } from '../../src/cli/ctl/run.ts'

export interface ControlRun {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface ControlOptions {
  readonly program?: string
  readonly environment: Readonly<Record<string, string>>
  readonly secret?: string
  readonly screen?: ProgressScreen | null
}

export async function control(
  argv: readonly string[],
  { program = 'rabbitmqctl', environment, secret = '', screen = null }: ControlOptions,
): Promise<ControlRun> {
  let stdout = ''
  let stderr = ''
  const code = await runControl(argv, {
    program,
    environment,
    stdout: (text) => {
      stdout += text
    },
    stderr: (text) => {
      stderr += text
    },
    readSecret: async () => secret,
    isTerminal: false,
    screen,
  })
  return { code, stdout, stderr }
}
