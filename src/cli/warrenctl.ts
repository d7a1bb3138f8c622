#!/usr/bin/env node
// The program warrenctl, which answers to rabbitmqctl, rabbitmq-diagnostics, rabbitmq-plugins and
// rabbitmqadmin as well: link it under those names.

import { readFileSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { basename } from 'node:path'

enableCompileCache()
const { ExitCode } = await import('./ctl/failure.ts')

// Whoever reads may stop reading (`warrenctl list_queues | head`): that is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : ExitCode.software)
})

const argv = process.argv.slice(2)
const program = basename(process.argv[1] ?? 'warrenctl').replace(/\.[jt]s$/, '')
const surroundings = {
  program,
  environment: process.env,
  stdout: (text: string) => void process.stdout.write(text),
  stderr: (text: string) => void process.stderr.write(text),
}

try {
  if (program === 'rabbitmqadmin') {
    const { runAdmin } = await import('./ctl/admin/run.ts')
    process.exitCode = await runAdmin(argv, {
      ...surroundings,
      version: readVersion(),
      readInput: () => readFileSync(0),
    })
  } else {
    const { runControl } = await import('./ctl/run.ts')
    const { readSecret } = await import('./ctl/read-secret.ts')
    const screen = { write: surroundings.stderr, now: () => performance.now() }
    process.exitCode = await runControl(argv, {
      ...surroundings,
      isTerminal: process.stdout.isTTY === true,
      screen: process.stderr.isTTY === true ? screen : null,
      readSecret,
    })
  }
} catch (error) {
  // Nothing of this kind is expected: what is printed is for whoever mends the program.
  process.stderr.write(`Error:\n${error instanceof Error ? error.stack : String(error)}\n`)
  process.exitCode = ExitCode.software
}

function readVersion(): string {
  const manifest: unknown = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  )
  const known = typeof manifest === 'object' && manifest !== null && 'version' in manifest
  return known ? String(manifest.version) : 'unknown'
}
