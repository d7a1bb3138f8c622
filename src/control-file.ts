// The file by which local tools are let in without a password: where the API is and a token that opens
// it, in the data directory and readable by its owner alone (docs/decisions/0003).

import { randomBytes } from 'node:crypto'
import { chmod, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const fileName = 'control.json'
const tokenBytes = 32
const ownerOnly = 0o600

export function makeControlToken(): string {
  return randomBytes(tokenBytes).toString('base64url')
}

/** Written aside and renamed: a tool sees the old file, the new one or none, never half of one. */
export async function writeControlFile(
  directory: string,
  content: { readonly url: string; readonly token: string },
): Promise<void> {
  const path = join(directory, fileName)
  const aside = `${path}.${process.pid}`
  await writeFile(aside, `${JSON.stringify(content)}\n`, { mode: ownerOnly })
  await chmod(aside, ownerOnly)
  await rename(aside, path)
}

export async function removeControlFile(directory: string): Promise<void> {
  await rm(join(directory, fileName), { force: true })
}
