// Makes `npm start` and `npm test` the only commands a newcomer needs: installs the dependencies when
// node_modules is missing or older than the lock file, and compiles src to dist when src is newer.
// Plain JavaScript, because it runs before anything is installed, on any Node >= 20.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync, utimesSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const stamp = join(root, 'node_modules', '.package-lock.json')
const bin = join(root, 'node_modules', '.bin')

function run(command, args) {
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` }
  const result = spawnSync(command, args, {
    cwd: root,
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  if (result.status !== 0) {
    console.error(`setup: ${command} ${args.join(' ')} failed`)
    process.exit(1)
  }
}

function newestMs(path) {
  const stat = statSync(path)
  if (!stat.isDirectory()) return stat.mtimeMs
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newestMs(join(path, name))))
}

const lockMs = statSync(join(root, 'package-lock.json')).mtimeMs
if (!existsSync(stamp) || statSync(stamp).mtimeMs < lockMs) {
  console.error('setup: installing dependencies (npm ci)')
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'])
  utimesSync(stamp, new Date(), new Date())
}

if (process.argv.includes('--build')) {
  const built = join(root, 'dist', '.built')
  const sources = [
    'src',
    'console',
    'package.json',
    'tsconfig.json',
    'tsconfig.build.json',
    'scripts/build.js',
    'scripts/api-docs.js',
  ]
  const newest = Math.max(...sources.map((name) => newestMs(join(root, name))))
  if (!existsSync(built) || statSync(built).mtimeMs < newest) {
    run('node', [join('scripts', 'build.js')])
  }
}
