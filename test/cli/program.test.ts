// warrenctl as a program of its own: the name it is called by, its streams and its exit code.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Broker } from '../../src/index.ts'

const program = fileURLToPath(new URL('../../src/cli/warrenctl.ts', import.meta.url))
let broker: Broker
let folder: string

before(async () => {
  broker = await Broker.start({ managementPort: 0 })
  folder = mkdtempSync(join(tmpdir(), 'warrenctl-names-'))
  for (const name of ['rabbitmqctl', 'rabbitmq-diagnostics', 'rabbitmq-plugins']) {
    symlinkSync(program, join(folder, name))
  }
})
after(async () => {
  await broker.stop()
  rmSync(folder, { recursive: true })
})

interface Ended {
  readonly code: unknown
  readonly stdout: string
  readonly stderr: string
}

async function run(name: string, argv: readonly string[], input = ''): Promise<Ended> {
  const child = spawn(process.execPath, [join(folder, name), ...argv], {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      WARREN_MANAGEMENT_URL: broker.managementUrl!,
      WARREN_USER: 'guest',
      WARREN_PASSWORD: 'guest',
    },
  })
  const text = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk) => {
    text.stdout += String(chunk)
  })
  child.stderr.on('data', (chunk) => {
    text.stderr += String(chunk)
  })
  child.stdin.end(input)
  const [code] = await once(child, 'close')
  return { code, ...text }
}

test('it answers to the names of RabbitMQ’s tools, each with its commands', async () => {
  assert.deepEqual(await run('rabbitmqctl', ['-q', 'list_vhosts']), {
    code: 0,
    stdout: 'name\n/\n',
    stderr: '',
  })
  assert.equal((await run('rabbitmq-diagnostics', ['-q', 'check_running'])).code, 0)
  assert.equal((await run('rabbitmq-plugins', ['is_enabled', 'rabbitmq_management'])).code, 0)
  assert.equal((await run('rabbitmqctl', ['check_running'])).code, 64)
})

test('errors go to standard error and set the exit code', async () => {
  const { code, stdout, stderr } = await run('rabbitmqctl', ['delete_user', 'nope'])
  assert.deepEqual(
    { code, stdout, stderr },
    {
      code: 67,
      stdout: 'Deleting user "nope" ...\n',
      stderr: 'Error:\nUser "nope" does not exist\n',
    },
  )
})

test('a password comes from a pipe', async () => {
  assert.equal((await run('rabbitmqctl', ['add_user', 'piped'], 'from a pipe\n')).code, 0)
  const login = await run('rabbitmqctl', ['-q', 'authenticate_user', 'piped'], 'from a pipe\n')
  assert.deepEqual(login, { code: 0, stdout: 'Success\n', stderr: '' })
})

test('a reader that goes away is no error', async () => {
  const child = spawn(
    'sh',
    ['-c', `"${process.execPath}" rabbitmqctl help | head -1; echo "\${?}"`],
    {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  let stderr = ''
  child.stderr.on('data', (chunk) => {
    stderr += String(chunk)
  })
  await once(child, 'close')
  assert.equal(stderr, '')
})
