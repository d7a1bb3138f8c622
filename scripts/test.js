// Runs the test files given, or all of them, and ends with the line `N passed, N failed, N skipped`.

import { globSync } from 'node:fs'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'

const given = process.argv.slice(2)
const files =
  given.length > 0
    ? given.flatMap((g) => globSync(g))
    : globSync(['src/**/*.test.ts', 'console/src/**/*.test.ts', 'test/**/*.test.ts'])
const counts = { passed: 0, failed: 0, skipped: 0 }
if (files.length === 0) {
  console.error(`no test file matches ${given.join(' ')}`)
  process.exit(2)
}

const stream = run({ files: files.sort(), concurrency: 2, timeout: 600_000 })
// A suite or file is a container of tests: only leaves are counted.
const isLeaf = (event) => event.details?.type === 'test' || event.details?.type === undefined
stream.on('test:pass', (event) => {
  if (event.skip !== undefined || event.todo !== undefined) counts.skipped += 1
  else if (isLeaf(event)) counts.passed += 1
})
stream.on('test:fail', (event) => {
  counts.failed += isLeaf(event) ? 1 : 0
  process.exitCode = 1
})
const report = stream.compose(spec)
report.on('end', () => {
  const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''
  console.log(`${counts.passed} passed, ${counts.failed} failed${skipped}`)
})
report.pipe(process.stdout)
