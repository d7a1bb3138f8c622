// The program `warren` as it is started from a shell or a container: what it prints, what it obeys, how
// it ends.

import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { connect } from 'amqplib'
import { TestClient } from '../management/api-client.ts'
import { control } from './control.ts'

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
let folder: string

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'warren-start-'))
})
after(() => {
  rmSync(folder, { recursive: true, force: true })
})

interface Started {
  readonly child: ChildProcess
  readonly lines: readonly string[]
  readonly amqpUrl: string
  readonly managementUrl: string
}

function launch(argv: readonly string[], environment: Record<string, string> = {}): ChildProcess {
  return spawn(process.execPath, [main, ...argv], {
    cwd: folder,
    env: { PATH: process.env.PATH, WARREN_PROMETHEUS_PORT: 'none', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

async function start(
  argv: readonly string[],
  environment: Record<string, string> = {},
): Promise<Started> {
  const child = launch(
    ['--port', '0', '--bind', '127.0.0.1', '--management-port', '0', ...argv],
    environment,
  )
  let text = ''
  let errors = ''
  child.stderr?.on('data', (chunk) => {
    errors += String(chunk)
  })
  for await (const chunk of child.stdout ?? []) {
    text += String(chunk)
    if (text.split('\n').length > 3) break
  }
  const lines = text.trimEnd().split('\n')
  const [, amqpUrl, managementUrl] = /(amqp:\S+), management on (http:\S+)/.exec(text) ?? []
  assert.ok(amqpUrl !== undefined && managementUrl !== undefined, text + errors)
  return { child, lines, amqpUrl, managementUrl }
}

async function stopped(child: ChildProcess, signal: NodeJS.Signals): Promise<number> {
  const begun = performance.now()
  const exit = once(child, 'exit')
  child.kill(signal)
  const [code] = await exit
  assert.equal(code, 0)
  return performance.now() - begun
}

async function failed(
  argv: readonly string[],
  environment: Record<string, string> = {},
): Promise<{ code: unknown; stderr: string }> {
  const child = launch(argv, environment)
  let stderr = ''
  child.stderr?.on('data', (chunk) => {
    stderr += String(chunk)
  })
  const [code] = await once(child, 'close')
  return { code, stderr }
}

test('three lines say where it listens, where its data lies and how to stop it', async () => {
  const data = join(folder, 'three')
  const { child, lines, amqpUrl } = await start(['--data-dir', data])
  assert.equal(lines.length, 3)
  assert.match(
    lines[0]!,
    /^Warren listens on amqp:\/\/127\.0\.0\.1:\d+, management on http:\/\/127\.0\.0\.1:\d+$/,
  )
  assert.equal(lines[1], `Its data lies in ${data}`)
  assert.equal(lines[2], `Stop it with Ctrl+C, or with: kill ${child.pid}`)
  const client = await connect(amqpUrl)
  client.on('error', () => undefined)
  assert.ok((await stopped(child, 'SIGTERM')) < 1000)
  // What lets local tools in goes when the broker goes.
  assert.throws(() => statSync(join(data, 'control.json')))
})

test('the environment of the docker run line makes the first user and ports', async () => {
  const { child, amqpUrl, managementUrl } = await start(['--data-dir', join(folder, 'docker')], {
    RABBITMQ_DEFAULT_USER: 'admin',
    RABBITMQ_DEFAULT_PASS: '123456',
    RABBITMQ_DEFAULT_VHOST: 'shop',
  })
  const client = await connect(`${amqpUrl.replace('amqp://', 'amqp://admin:123456@')}/shop`)
  await client.close()
  const api = new TestClient(managementUrl.replace('http://', 'http://admin:123456@'))
  assert.equal((await api.get('/overview')).status, 200)
  await stopped(child, 'SIGINT')
})

test('tools on the machine are let in by the data directory, without a password', async () => {
  const data = join(folder, 'token')
  const { child, managementUrl } = await start(['--data-dir', data], {
    RABBITMQ_DEFAULT_PASS: 'unknown to the tools',
  })
  const file = join(data, 'control.json')
  assert.equal(statSync(file).mode & 0o777, 0o600)
  const environment = { WARREN_DATA_DIR: data }
  const added = await control(['-q', 'add_user', 'lqz', '123'], { environment })
  assert.equal(added.code, 0, added.stderr)
  const { token } = JSON.parse(readFileSync(file, 'utf8'))
  assert.equal((await new TestClient(managementUrl, `Bearer ${token}`).get('/users')).status, 200)
  assert.equal((await new TestClient(managementUrl, `Bearer ${token}x`).get('/users')).status, 401)
  assert.equal((await control(['stop'], { environment })).code, 0)
  const [code] = await once(child, 'exit')
  assert.equal(code, 0)
})

test('what was declared is there after a restart', async () => {
  const data = join(folder, 'again')
  const first = await start(['--data-dir', data])
  const guest = (url: string): TestClient =>
    new TestClient(url.replace('http://', 'http://guest:guest@'))
  const api = guest(first.managementUrl)
  const policy = { pattern: '^k', definition: { 'max-length': 7 } }
  for (const [path, body] of [
    ['/users/kept', { password: 'x', tags: 'management' }],
    ['/vhosts/kept', {}],
    ['/permissions/kept/kept', { configure: '.*', write: '.*', read: '.*' }],
    ['/queues/%2F/kept', { durable: true }],
    ['/policies/%2F/kept', policy],
    ['/operator-policies/%2F/kept', policy],
    ['/global-parameters/kept', { value: [1] }],
    ['/parameters/mine/%2F/kept', { value: 2 }],
  ] as const) {
    assert.equal((await api.put(path, body)).status, 201, path)
  }
  assert.equal((await api.put('/vhost-limits/kept/max-queues', { value: 3 })).status, 204)
  const before = (await api.get('/definitions')).body
  await stopped(first.child, 'SIGTERM')
  const second = await start(['--data-dir', data])
  const after = guest(second.managementUrl)
  assert.deepEqual((await after.get('/definitions')).body, before)
  assert.equal(((await after.get('/queues/%2F/kept')).body as { policy: string }).policy, 'kept')
  await stopped(second.child, 'SIGTERM')
})

test('definitions named in the configuration are imported before clients are let in', async () => {
  const definitions = join(folder, 'definitions.json')
  const user = { name: 'imported', password: 'pw', tags: [] }
  const permission = { user: 'imported', vhost: '/', configure: '.*', write: '.*', read: '.*' }
  writeFileSync(
    definitions,
    JSON.stringify({
      users: [user],
      permissions: [permission],
      queues: [{ name: 'q', vhost: '/' }],
    }),
  )
  const conf = join(folder, 'definitions.conf')
  writeFileSync(conf, `load_definitions = ${definitions}\n`)
  const started = await start(['--data-dir', join(folder, 'imported'), '--config', conf])
  const client = await connect(started.amqpUrl.replace('amqp://', 'amqp://imported:pw@'))
  const channel = await client.createChannel()
  await channel.checkQueue('q')
  await client.close()
  await stopped(started.child, 'SIGTERM')
  writeFileSync(definitions, '{"users":[{"name":"x"}]}')
  const result = await failed([
    '--port',
    '0',
    '--management-port',
    '0',
    '--config',
    conf,
    '--data-dir',
    join(folder, 'no'),
  ])
  assert.equal(result.code, 1)
  assert.match(result.stderr, /cannot import the definitions in .*: tags_not_present\n$/)
})

test('a mistake in the configuration is one line and exit code 2', async () => {
  const conf = join(folder, 'bad.conf')
  writeFileSync(conf, '# fine\nheartbeat = soon\n')
  assert.deepEqual(await failed(['--config', conf]), {
    code: 2,
    stderr: `warren: ${conf}:2: heartbeat: expected a whole number from 0 to 65535, got 'soon'\n`,
  })
  assert.deepEqual(await failed([], { RABBITMQ_NODE_PORT: '99999' }), {
    code: 2,
    stderr:
      "warren: RABBITMQ_NODE_PORT: warren.port: expected a whole number from 0 to 65535, got '99999'\n",
  })
})

test('a port in use is told, and nothing is left running', async () => {
  const { child, amqpUrl } = await start(['--data-dir', join(folder, 'first')])
  const port = new URL(amqpUrl).port
  const result = await failed([
    '--port',
    port,
    '--bind',
    '127.0.0.1',
    '--management-port',
    '0',
    '--data-dir',
    join(folder, 'second'),
  ])
  assert.equal(result.code, 1)
  assert.match(result.stderr, /EADDRINUSE/)
  await stopped(child, 'SIGTERM')
})

test('SIGHUP reads the configuration again', async () => {
  const conf = join(folder, 'hup.conf')
  writeFileSync(conf, 'log.default.level = none\n')
  const { child, managementUrl } = await start([
    '--data-dir',
    join(folder, 'hup'),
    '--config',
    conf,
  ])
  writeFileSync(conf, 'disk_free_limit.absolute = 77MB\nlog.default.level = info\n')
  const logged = once(child.stderr!, 'data')
  child.kill('SIGHUP')
  assert.match(String((await logged)[0]), /configuration read again/)
  const api = new TestClient(managementUrl.replace('http://', 'http://guest:guest@'))
  const [node] = (await api.get('/nodes')).body as { disk_free_limit: number }[]
  assert.equal(node?.disk_free_limit, 77_000_000)
  await stopped(child, 'SIGTERM')
})
