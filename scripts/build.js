// Compiles src to plain JavaScript in dist and builds the console into dist/console: what npm publishes
// and `npm start` runs.
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
rmSync(join(root, 'dist'), { recursive: true, force: true })
const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
const result = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], {
  cwd: root,
  stdio: 'inherit',
})
if (result.status !== 0) process.exit(result.status ?? 1)
for (const script of [join('console', 'scripts', 'build.js'), join('scripts', 'api-docs.js')]) {
  const page = spawnSync(process.execPath, [join(root, script)], { cwd: root, stdio: 'inherit' })
  if (page.status !== 0) process.exit(page.status ?? 1)
}
for (const name of ['main.js', 'cli/warrenctl.js', 'cli/perf/main.js']) {
  const file = join(root, 'dist', name)
  if (existsSync(file)) chmodSync(file, 0o755)
}
writeFileSync(join(root, 'dist', '.built'), '')
