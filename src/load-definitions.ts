// Imports definitions at the start, before clients are let in: a file, or all .json files of a
// directory in alphabetical order. A mistake in them stops the start.

import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { BrokerCore } from './broker/broker-core.ts'
import { toHttpError } from './management/errors.ts'
import { importDefinitions } from './management/resources/definitions.ts'

export function loadDefinitions(core: BrokerCore, path: string): void {
  for (const file of filesOf(path)) {
    try {
      importDefinitions({ core }, readObject(file), null)
    } catch (error) {
      const reason = toHttpError(error)?.reason ?? (error instanceof Error ? error.message : '')
      throw new Error(`cannot import the definitions in ${file}: ${reason}`, { cause: error })
    }
  }
  core.endTurn()
}

function filesOf(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path]
  const names = readdirSync(path).filter((name) => name.endsWith('.json'))
  return names.sort().map((name) => join(path, name))
}

function readObject(file: string): Record<string, unknown> {
  const content: unknown = JSON.parse(readFileSync(file, 'utf8'))
  if (typeof content === 'object' && content !== null && !Array.isArray(content)) {
    return Object.fromEntries(Object.entries(content))
  }
  throw new Error('expected a JSON object')
}
