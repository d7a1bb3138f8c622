// The configuration as whoever runs a broker meets it: where values come from, what is said of mistakes,
// what a hang-up changes; and that the log never tells a secret.

import assert from 'node:assert/strict'
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, describe, test } from 'node:test'
import { connect } from 'amqplib'
import { Child } from '../support/child.ts'
import { control } from './control.ts'

const root = join(import.meta.dirname, '..', '..')
let folder: string
let file: string
let data: string
let broker: Child

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'warren-configuration-'))
  file = join(folder, 'rabbitmq.conf')
  data = join(folder, 'data')
  mkdirSync(join(folder, 'conf.d'))
})
afterEach(async () => {
  await broker?.kill('SIGTERM')
})
after(() => rmSync(folder, { recursive: true, force: true }))

async function start(env: Record<string, string>, ...flags: readonly string[]): Promise<void> {
  // What the first start makes is made again.
  rmSync(data, { recursive: true, force: true })
  const own = ['--port', '0', '--bind', '127.0.0.1', '--management-port', '0', '--data-dir', data]
  broker = new Child(process.execPath, [join(root, 'src/main.ts'), ...own, ...flags], {
    env: { WARREN_PROMETHEUS_PORT: 'none', ...env },
    cwd: folder,
  })
  await broker.says(/Warren listens/)
}

const warrenctl = async (...argv: readonly string[]): Promise<string> => {
  const environment = { WARREN_DATA_DIR: data, RABBITMQ_NODENAME: 'rabbit@test' }
  const { code, stdout, stderr } = await control(argv, { program: 'warrenctl', environment })
  assert.equal(code, 0, stderr)
  return stdout
}

/** The log, a line an object. */
const logged = (): Record<string, unknown>[] =>
  broker.output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line))

describe('values', () => {
  test('come from files, the environment and flags, in this order, and say so', async () => {
    writeFileSync(
      file,
      'heartbeat = 10\nchannel_max = 11\nframe_max = 12000\ndefault_pass = hidden\n',
    )
    writeFileSync(join(folder, 'conf.d', '20.conf'), '# later\nchannel_max = 22\n')
    writeFileSync(join(folder, 'conf.d', '10.conf'), 'channel_max = 21\n')
    writeFileSync(join(folder, 'conf.d', 'ignored.txt'), 'channel_max = 99\n')
    await start(
      { RABBITMQ_CONFIG_FILE: file, RABBITMQ_DEFAULT_VHOST: 'shop' },
      '--log-level',
      'error',
    )
    const rows = (await warrenctl('-s', 'environment')).split('\n').map((line) => line.split('\t'))
    const shown = Object.fromEntries(rows.map(([key, ...rest]) => [key, rest]))
    assert.deepEqual(shown.heartbeat, ['10', `${file}:1`])
    assert.deepEqual(shown.channel_max, ['22', `${join(folder, 'conf.d', '20.conf')}:2`])
    assert.deepEqual(shown.default_vhost, ['shop', 'RABBITMQ_DEFAULT_VHOST'])
    assert.deepEqual(shown['log.default.level'], ['error', '--log-level'])
    assert.deepEqual(shown.max_message_size, ['134217728', 'default'])
    assert.equal(shown.default_pass?.[0], '********')
    const asJson = JSON.parse(await warrenctl('--formatter', 'json', 'environment'))
    assert.ok(asJson.length > 50)
  })

  test('of an unknown key are a warning with the key that was meant', async () => {
    writeFileSync(file, 'heartbeet = 10\nconsumer_timeout = 5\n')
    await start({}, '--config', file)
    const warning = logged().find((line) => String(line.message).includes('heartbeet'))
    assert.equal(warning?.level, 'warn')
    assert.equal(
      warning?.message,
      `${file}:1: the key heartbeet is not known: did you mean heartbeat?`,
    )
  })
})

describe('a hang-up', () => {
  test('with a mistake in the file changes nothing and is told', async () => {
    writeFileSync(file, 'disk_free_limit.absolute = 71MB\n')
    await start({}, '--config', file)
    writeFileSync(file, 'disk_free_limit.absolute = lots\n')
    broker.process.kill('SIGHUP')
    await broker.says(/configuration not read again/)
    const line = logged().find(({ message }) => message === 'configuration not read again')
    assert.equal(line?.level, 'error')
    assert.match(
      JSON.stringify(line?.error),
      /rabbitmq\.conf:1: disk_free_limit\.absolute: expected/,
    )
    assert.match(await warrenctl('status'), /Low free disk space watermark: 0\.071 gb/)
  })

  test('changes log levels and alarm limits', async () => {
    writeFileSync(file, 'vm_memory_high_watermark.absolute = 900MB\nlog.default.level = warning\n')
    await start({}, '--config', file)
    writeFileSync(file, 'vm_memory_high_watermark.absolute = 800MB\nlog.default.level = debug\n')
    broker.process.kill('SIGHUP')
    await broker.says(/configuration read again/)
    assert.match(await warrenctl('status'), /Memory high watermark setting: computed to: 0\.8 gb/)
  })
})

describe('the log', () => {
  test('has a level for each category', async () => {
    writeFileSync(file, 'log.default.level = error\nlog.connection.level = info\n')
    await start({}, '--config', file)
    await publishOnce()
    await broker.says(/connection opened/)
    assert.deepEqual([...new Set(logged().map((line) => line.category))], ['connection'])
  })

  test('tells no password, at whatever level', async () => {
    await start({ RABBITMQ_DEFAULT_PASS: 'hunter2-first' }, '--log-level', 'debug')
    await assert.rejects(publishOnce('hunter2-wrong'))
    await publishOnce('hunter2-first')
    await warrenctl('add_user', 'bob', 'hunter2-added')
    const definitions = join(folder, 'definitions.json')
    const user = { name: 'eve', password: 'hunter2-imported', tags: [] }
    writeFileSync(definitions, JSON.stringify({ users: [user] }))
    await warrenctl('import_definitions', definitions)
    const control = JSON.parse(readFileSync(join(data, 'control.json'), 'utf8'))
    await broker.says(/PLAIN|refused|invalid credentials/i)
    broker.process.kill('SIGTERM')
    await broker.succeeds()
    assert.ok(logged().length > 3)
    assert.ok(!broker.output.includes('hunter2'), broker.output)
    assert.ok(!broker.output.includes(control.token))
  })

  test('goes to a file as well, whose end the tools show', async () => {
    writeFileSync(file, `log.dir = ${folder}/log\nlog.file = warren.log\nlog.file.level = debug\n`)
    await start({}, '--config', file)
    await publishOnce()
    const path = join(folder, 'log', 'warren.log')
    const tool = { program: 'rabbitmq-diagnostics', environment: { WARREN_DATA_DIR: data } }
    assert.equal((await control(['-q', 'log_location'], tool)).stdout, `${path}\n`)
    await until(() => readFileSync(path, 'utf8').includes('connection opened'))
    const [line = ''] = (await control(['-q', 'log_tail', '-N', '1'], tool)).stdout.split('\n')
    assert.equal(JSON.parse(line).message, 'connection opened')
  })

  test('has the categories that the documentation names', () => {
    const used = globSync('src/**/*.ts', { cwd: root })
      .filter((name) => !name.endsWith('.test.ts'))
      .flatMap((name) => [
        ...readFileSync(join(root, name), 'utf8').matchAll(/logger\.category\('(\w+)'\)/g),
      ])
      .map(([, name]) => name)
    const guide = readFileSync(join(root, 'docs/configuration.md'), 'utf8')
    const [, named = ''] = /least level of one category: ([\w, ]+)\./.exec(guide) ?? []
    assert.deepEqual([...new Set(used)].sort(), named.split(', ').sort())
  })
})

async function publishOnce(password = 'guest'): Promise<void> {
  const [, port] = await broker.says(/amqp:\/\/127\.0\.0\.1:(\d+)/)
  const client = await connect(`amqp://guest:${password}@127.0.0.1:${port}`)
  const channel = await client.createConfirmChannel()
  await channel.assertQueue('q')
  channel.sendToQueue('q', Buffer.from('body'))
  await channel.waitForConfirms()
  await client.close()
}

async function until(done: () => boolean): Promise<void> {
  while (!done()) await new Promise((resolve) => setTimeout(resolve, 20))
}
