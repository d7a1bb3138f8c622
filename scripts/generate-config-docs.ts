// Writes docs/configuration.md from the configuration table; with --check only tells whether it is
// current. The text around the tables is here as well, so that nobody edits the generated file.

import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { renderConfigurationGuide } from '../src/config/guide.ts'

const target = join(dirname(fileURLToPath(import.meta.url)), '..', 'docs', 'configuration.md')

if (process.argv.includes('--check')) {
  if (readFileSync(target, 'utf8') !== renderConfigurationGuide()) {
    console.error('docs/configuration.md is out of date: run node scripts/generate-config-docs.ts')
    process.exit(1)
  }
} else {
  writeFileSync(target, renderConfigurationGuide())
}
