// What `npm install --global warren` gives: the package is packed, installed into a folder of its own
// and its programs are called as a user would, from there. Takes dist as `npm test` has built it.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Child } from '../support/child.ts'

const root = join(import.meta.dirname, '..', '..')
const manifest: { bin: Record<string, string>; version: string } = JSON.parse(
  readFileSync(join(root, 'package.json'), 'utf8'),
)
const programs = [
  'rabbitmq-diagnostics',
  'rabbitmq-plugins',
  'rabbitmqadmin',
  'rabbitmqctl',
  'warren',
  'warren-perf',
  'warrenctl',
]
let folder: string
let installed: string
let broker: Child

/** The programs find Node on the PATH, as everywhere; here it is the one that runs this. */
const path = [dirname(process.execPath), process.env.PATH].join(delimiter)

function run(command: string, ...argv: readonly string[]): string {
  const environment = { ...process.env, PATH: path, WARREN_DATA_DIR: join(folder, 'data') }
  const { status, stdout, stderr, error } = spawnSync(command, argv, {
    cwd: folder,
    encoding: 'utf8',
    env: environment,
  })
  assert.equal(status, 0, `${command} ${argv.join(' ')}: ${stdout}${stderr}${error ?? ''}`)
  return stdout
}

const program = (name: string): string => join(folder, 'global', 'bin', name)

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'warren-package-'))
  if (!existsSync(join(root, 'dist', '.built'))) {
    run(process.execPath, join(root, 'scripts', 'setup.js'), '--build')
  }
  const [packed = ''] = run('npm', 'pack', '--ignore-scripts', '--silent', root).trim().split('\n')
  const quietly = ['--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline']
  run('npm', 'install', '--global', '--prefix', join(folder, 'global'), ...quietly, `./${packed}`)
  installed = join(folder, 'global', 'lib', 'node_modules', 'warren')
})
after(async () => {
  await broker?.kill()
  rmSync(folder, { recursive: true, force: true })
})

describe('the package, installed', () => {
  test('has all programs', () => {
    assert.deepEqual(readdirSync(join(folder, 'global', 'bin')).sort(), programs)
    assert.deepEqual(Object.keys(manifest.bin).sort(), programs)
  })

  test('has no tests, sources or leftovers of the build in it', () => {
    const files = readdirSync(installed, { recursive: true, encoding: 'utf8' })
    const own = files.filter((file) => !file.startsWith('node_modules'))
    assert.deepEqual(
      own.filter((file) => /\.test\.|(?<!\.d)\.ts$|^src|^test|tsbuildinfo|\.built/.test(file)),
      [],
    )
    assert.ok(own.includes('packaging/warren.service'))
    assert.ok(own.includes('dist/console/index.html'))
  })

  test('explains each program', () => {
    for (const name of programs) assert.match(run(program(name), '--help'), /usage/i, name)
    assert.equal(run(program('warren'), '--version').trim(), manifest.version)
  })

  test('can be embedded and has the RPC toolkit', () => {
    const script = join(folder, 'global', 'lib', 'embed.mjs')
    writeFileSync(
      script,
      `import { Broker } from 'warren'
      import { serve } from 'warren/rpc'
      const broker = await Broker.start({ port: 0 })
      console.log(typeof serve, broker.url)
      await broker.stop()`,
    )
    assert.match(run(process.execPath, script), /^function amqp:\/\//)
  })

  test('runs a broker that its programs find', async () => {
    const flags = ['--port', '0', '--bind', '127.0.0.1', '--management-port', '0']
    broker = new Child(program('warren'), [...flags, '--data-dir', join(folder, 'data')], {
      env: { PATH: path, WARREN_PROMETHEUS_PORT: 'none' },
    })
    const [, amqp] = await broker.says(/listens on (amqp:\S+),/)
    const [, port] = await broker.says(/management on http:\/\/[^:]+:(\d+)/)
    assert.equal(run(program('rabbitmq-diagnostics'), '-q', 'ping'), 'Ping succeeded\n')
    assert.match(run(program('rabbitmqctl'), 'add_user', 'lqz', '123'), /^Adding user "lqz" \.\.\./)
    assert.match(run(program('warrenctl'), '-q', 'list_users'), /^lqz\t\[\]$/m)
    run(program('rabbitmq-plugins'), 'enable', 'rabbitmq_management')
    assert.match(
      run(program('rabbitmqadmin'), '-P', port!, '-f', 'tsv', 'list', 'users', 'name'),
      /^lqz$/m,
    )
    const load = ['run', '--uri', amqp!, '--count', '10']
    assert.match(run(program('warren-perf'), ...load), /\d/)
    run(program('rabbitmqctl'), 'stop')
    await broker.succeeds()
  })
})
