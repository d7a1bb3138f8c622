#!/usr/bin/env node
// The program warrenctl, which answers to rabbitmqctl, rabbitmq-diagnostics and rabbitmq-plugins as
// well: link it under those names.

import { enableCompileCache } from 'node:module'
import { basename } from 'node:path'

enableCompileCache()
const { runControl } = await import('./ctl/run.ts')
const { readSecret } = await import('./ctl/read-secret.ts')

process.exitCode = await runControl(process.argv.slice(2), {
  program: basename(process.argv[1] ?? 'warrenctl').replace(/\.[jt]s$/, ''),
  environment: process.env,
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
  isTerminal: process.stdout.isTTY === true,
  readSecret,
})
