import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { test } from 'node:test'
import type { LogConfig } from './config/config.ts'
import { createLogger } from './logging.ts'

const config: LogConfig = {
  level: 'info',
  console: true,
  consoleLevel: null,
  format: 'auto',
  file: null,
  fileLevel: null,
  directory: '.',
  categories: {},
}

function terminal(isTTY: boolean): Writable & { isTTY: boolean; written: () => string } {
  const chunks: string[] = []
  const stream = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(String(chunk))
      done()
    },
  })
  return Object.assign(stream, { isTTY, written: () => chunks.join('') })
}

test('a pipe gets one JSON object a line, with fields, category and time', async () => {
  const stream = terminal(false)
  const logger = await createLogger(config, stream)
  logger.category('connection').warn('closed', { peer: '10.0.0.1:4711', reason: 'heartbeat' })
  const line: unknown = JSON.parse(stream.written())
  assert.ok(typeof line === 'object' && line !== null && 'time' in line)
  assert.match(String(line.time), /^\d{4}-\d\d-\d\dT/)
  assert.deepEqual(
    { ...line, time: '' },
    {
      level: 'warn',
      time: '',
      category: 'connection',
      peer: '10.0.0.1:4711',
      reason: 'heartbeat',
      message: 'closed',
    },
  )
})

test('a terminal gets lines for people', async () => {
  const stream = terminal(true)
  const logger = await createLogger(config, stream)
  logger.category('queue').info('ready')
  assert.match(stream.written(), /INFO.*queue: ready/)
})

test('no password is ever written', async () => {
  const stream = terminal(false)
  const logger = await createLogger(config, stream)
  logger.info('login', {
    password: 'hunter2',
    headers: { authorization: 'Basic hunter2' },
    user: { name: 'bob', token: 'hunter2' },
  })
  const written = stream.written()
  assert.ok(written.includes('bob'))
  assert.ok(!written.includes('hunter2'))
})

test('a category’s level holds for the category alone', async () => {
  const stream = terminal(false)
  const logger = await createLogger(
    { ...config, level: 'warning', categories: { channel: 'debug', queue: 'none' } },
    stream,
  )
  logger.info('root info')
  logger.category('channel').debug('channel debug')
  logger.category('queue').error('queue error')
  logger.category('storage').error('storage error')
  const written = stream.written()
  assert.deepEqual(
    [...written.matchAll(/"message":"([^"]*)"/g)].map((match) => match[1]),
    ['channel debug', 'storage error'],
  )
})

test('nothing is written with the console off', async () => {
  const stream = terminal(false)
  const logger = await createLogger({ ...config, console: false }, stream)
  logger.error('lost')
  assert.equal(stream.written(), '')
})

test('the level can be changed while the node runs', async () => {
  const stream = terminal(false)
  const logger = await createLogger({ ...config, categories: { queue: 'error' } }, stream)
  const [channel, queue] = [logger.category('channel'), logger.category('queue')]
  logger.setLevel('debug')
  for (const one of [logger, channel, queue]) one.debug('told')
  logger.setLevel('none')
  for (const one of [logger, channel]) one.error('not told')
  assert.equal(stream.written().match(/"message":"told"/g)?.length, 2)
  assert.ok(!stream.written().includes('not told'))
  assert.throws(() => logger.setLevel('loud'), RangeError)
})
