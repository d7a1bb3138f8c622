#!/usr/bin/env node
// warren-perf: loads any AMQP 0-9-1 broker and tells what it did. Only the command line is here.
import { Command, CommanderError } from 'commander'
import { addCeilingCommand } from './commands/ceiling.ts'
import { addChurnCommand, addIdleCommand } from './commands/churn.ts'
import { addRpcCommand } from './commands/rpc.ts'
import { addRunCommand } from './commands/run.ts'
import { serveWorker } from './worker.ts'

const program = new Command('warren-perf')
  .description('Load generator for any AMQP 0-9-1 broker')
  .showHelpAfterError('(see --help)')
  .exitOverride()

addRunCommand(program)
addRpcCommand(program)
addChurnCommand(program)
addIdleCommand(program)
addCeilingCommand(program)
program.command('worker', { hidden: true }).action(serveWorker)

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode
  else {
    process.stderr.write(`warren-perf: ${(error as Error).message}\n`)
    process.exitCode = 1
  }
}
