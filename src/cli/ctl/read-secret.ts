// A password from standard input: hidden while it is typed, or the first line of a pipe.

import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'

export async function readSecret(prompt: string): Promise<string> {
  const terminal = process.stdin.isTTY === true
  if (terminal) process.stderr.write(prompt)
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: silent, terminal })
  try {
    for await (const line of lines) return line
    return ''
  } finally {
    lines.close()
    if (terminal) process.stderr.write('\n')
  }
}
