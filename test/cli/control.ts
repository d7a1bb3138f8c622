// Runs warrenctl in this process as if it had been started from a shell.

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
}

export async function control(
  argv: readonly string[],
  { program = 'rabbitmqctl', environment, secret = '' }: ControlOptions,
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
  })
  return { code, stdout, stderr }
}
