#!/usr/bin/env node
// The program warrenctl, which answers to rabbitmqctl, rabbitmq-diagnostics and rabbitmq-plugins as
// well: link it under those names.

import { enableCompileCache } from 'node:module'
import { basename } from 'node:path'

enableCompileCache()
const { runControl } = await import('./ctl/run.ts')
const { ExitCode } = await import('./ctl/failure.ts')
const { readSecret } = await import('./ctl/read-secret.ts')

// Whoever reads may stop reading (`warrenctl list_queues | head`): that is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : ExitCode.software)
})

try {
  process.exitCode = await runControl(process.argv.slice(2), {
    program: basename(process.argv[1] ?? 'warrenctl').replace(/\.[jt]s$/, ''),
    environment: process.env,
    stdout: (text) => process.stdout.write(text),
    stderr: (text) => process.stderr.write(text),
    isTerminal: process.stdout.isTTY === true,
    readSecret,
  })
} catch (error) {
  // Nothing of this kind is expected: what is printed is for whoever mends the program.
  process.stderr.write(`Error:\n${error instanceof Error ? error.stack : String(error)}\n`)
  process.exitCode = ExitCode.software
}
