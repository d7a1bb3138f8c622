// docs/compatibility.md may not promise what no test shows: every row that works names tests, and
// those files and groups exist.
import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

const text = readFileSync('docs/compatibility.md', 'utf8')
const sources = globSync('test/{conformance,interop}/**/*.ts')
  .map((file) => readFileSync(file, 'utf8'))
  .join('\n')

/** The short names that the document's introduction gives to files. */
const shortNames = new Map(
  [...text.replaceAll(/\s+/g, ' ').matchAll(/`(\w+)` = ([\w./-]+\.test\.ts)/g)].map(
    ([, name = '', file = '']) => [name, file],
  ),
)

const groupNames = [
  ...sources.matchAll(/describe\(\s*'([^']+)'|^ {2}'?([\w -]+?)'?: \w+,$|^ {2}(\w+),$/gm),
].map(([, described, keyed, short]) => described ?? keyed ?? short ?? '')

/** Commas also stand within the names of groups, so that references are cut at the known names. */
function references(cell: string): string[] {
  const list: string[] = []
  for (const part of cell.split(', ')) {
    const startsOne = shortNames.has(part.split(' › ')[0] ?? '') || part.endsWith('.test.ts')
    if (startsOne) list.push(part)
    else list[list.length - 1] += `, ${part}`
  }
  return list
}

const rows = text
  .split('\n## Differences')[0]!
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.includes('Shown by'))
  .map((line) =>
    line
      .split('|')
      .map((cell) => cell.trim())
      .slice(1, -1),
  )

function faultOf(row: readonly string[]): string | undefined {
  const shownBy = row.at(-1) ?? ''
  const state = row.at(-2) ?? ''
  if (!/^(works|planned|differs: .+)$/.test(state)) return `state '${state}'`
  if (state !== 'works') return undefined
  if (shownBy === '') return 'no test'
  for (const reference of references(shownBy)) {
    const [name = '', group] = reference.split(' › ')
    const file = `test/${shortNames.get(name) ?? name}`
    if (!existsSync(file)) return `no file ${file}`
    if (group !== undefined && !groupNames.includes(group)) return `no group '${group}'`
  }
  return undefined
}

test('every row that works names tests that exist', () => {
  assert.ok(rows.length > 100, `${rows.length} rows`)
  const faults = rows.map((row) => ({ row: row[0], fault: faultOf(row) }))
  assert.deepEqual(
    faults.filter(({ fault }) => fault !== undefined),
    [],
  )
})
