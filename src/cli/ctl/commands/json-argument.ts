// A JSON value given as a word on the command line.

import { ExitCode, Failure } from '../failure.ts'

export function parseJsonArgument(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Failure(ExitCode.unavailable, `JSON decoding error. Reason: ${reason}`, {
      cause: error,
    })
  }
}
