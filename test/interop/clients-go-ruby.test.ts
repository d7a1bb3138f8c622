// The AMQP clients of Go (amqp091-go) and Ruby (bunny), unmodified. Each program in clients/ does
// what applications do with the client, checks it, and says that it is content.
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { startBrokerUnderTest, type Target } from '../support/broker-under-test.ts'
import { Child } from '../support/child.ts'
import { findProgram, rubyHas, skipUnless } from '../support/peers.ts'

const programs = join(import.meta.dirname, 'clients')
/** Where Debian's packages of Go libraries lie. */
const goPath = '/usr/share/gocode'
const hasGo =
  findProgram('go') !== undefined && existsSync(`${goPath}/src/github.com/rabbitmq/amqp091-go`)

describe('clients for Go and Ruby', () => {
  let broker: Target
  before(async () => {
    broker = await startBrokerUnderTest()
  })
  after(async () => {
    await broker?.stop()
  })

  const skipGo = skipUnless(hasGo, 'Go or its library amqp091-go is not installed')
  test('amqp091-go', { skip: skipGo }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'warren-go-'))
    try {
      const executable = join(folder, 'amqp091')
      // With the library as Debian has it, without a module, without the network.
      const env = { GOPATH: goPath, GO111MODULE: 'off', GOFLAGS: '' }
      const cwd = join(programs, 'amqp091')
      await new Child('go', ['build', '-o', executable, '.'], { cwd, env }).succeeds(240_000)
      const child = new Child(executable, [`${broker.url}/`])
      assert.match(await child.succeeds(60_000), /amqp091-go is content/)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  const skipRuby = skipUnless(rubyHas('bunny'), 'Ruby or its library bunny is not installed')
  test('bunny', { skip: skipRuby }, async () => {
    const child = new Child('ruby', [join(programs, 'bunny_round_trip.rb'), broker.url])
    assert.match(await child.succeeds(60_000), /bunny is content/)
  })
})
