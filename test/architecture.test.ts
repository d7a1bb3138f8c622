// The drawing of the architecture that cannot rot: which folder may import which, and what each
// must not touch. The table is the one in ARCHITECTURE.md.
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { test } from 'node:test'

const allowed: Record<string, readonly string[]> = {
  base: [],
  protocol: ['base'],
  broker: ['base', 'protocol'],
  storage: ['base', 'protocol', 'broker'],
  server: ['base', 'protocol', 'broker'],
  management: ['base', 'broker'],
  telemetry: ['base', 'protocol', 'broker'],
  rpc: ['base'],
  gateway: ['base', 'broker', 'rpc'],
  cli: ['base', 'protocol', 'rpc'],
  config: ['base'],
}
const pureFolders = ['protocol', 'broker']
const importPattern = /(?:from|import)\s*\(?\s*'([^']+)'/g

function sourceFiles(): string[] {
  return globSync('src/**/*.ts').filter((file) => !file.endsWith('.test.ts'))
}

function importsOf(file: string): string[] {
  return [...readFileSync(file, 'utf8').matchAll(importPattern)].map((match) => match[1] ?? '')
}

const folderOf = (file: string): string => normalize(file).split('/')[1] ?? ''

test('every import goes down the table of ARCHITECTURE.md', () => {
  const wrong: string[] = []
  for (const file of sourceFiles()) {
    const rules = allowed[folderOf(file)]
    if (rules === undefined) continue
    for (const target of importsOf(file).filter((name) => name.startsWith('.'))) {
      const folder = folderOf(join(dirname(file), target))
      if (folder !== folderOf(file) && !rules.includes(folder)) wrong.push(`${file} -> ${target}`)
    }
  }
  assert.deepEqual(wrong, [])
})

test('protocol and broker are pure: no node:*, no package, no promise, no clock', () => {
  const wrong: string[] = []
  for (const file of sourceFiles().filter((name) => pureFolders.includes(folderOf(name)))) {
    for (const target of importsOf(file)) {
      if (!target.startsWith('.')) wrong.push(`${file} imports ${target}`)
    }
    const code = readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
    for (const word of [
      // Not the name of the method basic.recover-async.
      /(?<!-)\basync\b/,
      /\bawait\b/,
      /\bDate\.now\b/,
      /\bsetTimeout\b/,
      /\bMath\.random\b/,
    ]) {
      if (word.test(code)) wrong.push(`${file} uses ${word.source}`)
    }
  }
  assert.deepEqual(wrong, [])
})

test('RPC protocol folders do not import one another', () => {
  const protocols = ['amqp', 'xml-rpc', 'zerorpc', 'json-rpc', 'grpc']
  const wrong: string[] = []
  for (const file of sourceFiles().filter((name) => folderOf(name) === 'rpc')) {
    const own = normalize(file).split('/')[2] ?? ''
    if (!protocols.includes(own)) continue
    for (const target of importsOf(file).filter((name) => name.startsWith('.'))) {
      const other = normalize(join(dirname(file), target)).split('/')[2] ?? ''
      if (other !== own && protocols.includes(other)) wrong.push(`${file} -> ${target}`)
    }
  }
  assert.deepEqual(wrong, [])
})

test('no source file is longer than 500 lines', () => {
  const long = sourceFiles()
    .map((file) => ({ file, lines: readFileSync(file, 'utf8').split('\n').length }))
    .filter(({ lines }) => lines > 500)
  assert.deepEqual(long, [])
})
