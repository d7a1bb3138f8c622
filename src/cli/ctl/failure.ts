// How a command ends when it does not succeed: what is printed and the exit code, which scripts rely
// on. The codes are RabbitMQ's, who took them from sysexits.h.

export const ExitCode = {
  ok: 0,
  usage: 64,
  dataError: 65,
  noUser: 67,
  unavailable: 69,
  software: 70,
  temporary: 75,
  noPermission: 77,
  badConfig: 78,
} as const
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode]

export class Failure extends Error {
  readonly exitCode: ExitCode

  constructor(exitCode: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'Failure'
    this.exitCode = exitCode
  }
}

/** The command was called wrongly: its usage is printed as well. */
export class UsageFailure extends Failure {
  constructor(message: string) {
    super(ExitCode.usage, message)
    this.name = 'UsageFailure'
  }
}
