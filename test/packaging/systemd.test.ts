// The broker as a service of systemd: what it says to whoever started it, with systemd's own program in
// between and a socket of the test's in systemd's place; and the unit as systemd reads it.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Child } from '../support/child.ts'
import { findProgram, findPython } from '../support/peers.ts'

const root = join(import.meta.dirname, '..', '..')
const python = findPython(['socket'])
const analyze = findProgram('systemd-analyze')
const hasNotify = findProgram('systemd-notify') !== undefined && python !== undefined
const listener = `
import socket, sys
manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
manager.bind(sys.argv[1])
print('listens', flush=True)
while True:
    print(manager.recv(4096).decode(), flush=True)
`
let folder: string
const children: Child[] = []

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'warren-systemd-'))
})
after(async () => {
  for (const child of children) await child.kill()
  rmSync(folder, { recursive: true, force: true })
})

function run(command: string, argv: readonly string[], env: Record<string, string> = {}): Child {
  const child = new Child(command, argv, { env, cwd: folder })
  children.push(child)
  return child
}

function broker(environment: Record<string, string>): Child {
  const main = join(root, 'src', 'main.ts')
  const flags = ['--port', '0', '--bind', '127.0.0.1', '--management-port', 'none']
  return run(process.execPath, [main, ...flags, '--data-dir', join(folder, 'data')], environment)
}

test('systemd hears that the broker serves, who it is, and that it stops', {
  skip: hasNotify ? false : 'systemd-notify or Python is not installed',
}, async () => {
  const path = join(folder, 'notify')
  const manager = run(python!, ['-c', listener, path])
  await manager.says(/listens/)
  const child = broker({ NOTIFY_SOCKET: path })
  await manager.says(/^READY=1$/m)
  await manager.says(/^STATUS=Warren listens on amqp:\/\/127\.0\.0\.1:\d+, management is off$/m)
  await manager.says(new RegExp(`^MAINPID=${child.process.pid}$`, 'm'))
  child.process.kill('SIGTERM')
  await manager.says(/^STOPPING=1$/m)
  await child.succeeds()
})

test('without systemd-notify the broker serves all the same, and says what that means', async () => {
  const child = broker({ NOTIFY_SOCKET: join(folder, 'nobody'), PATH: folder })
  await child.says(/Warren listens/)
  await child.says(/"said":"READY=1".*systemd was not told/)
  child.process.kill('SIGTERM')
  await child.succeeds()
})

test('systemd finds no mistake in the unit', {
  skip: analyze === undefined ? 'systemd is not installed' : false,
}, () => {
  const place = join(folder, 'root')
  const units = join(place, 'etc/systemd/system')
  const program = join(place, 'usr/local/bin')
  for (const directory of [units, program, join(place, 'bin')]) {
    mkdirSync(directory, { recursive: true })
  }
  cpSync(join(root, 'packaging/warren.service'), join(units, 'warren.service'))
  cpSync('/usr/lib/systemd/system', join(place, 'usr/lib/systemd/system'), { recursive: true })
  for (const name of ['usr/local/bin/warren', 'bin/kill']) {
    writeFileSync(join(place, name), '#!/bin/sh\n')
    chmodSync(join(place, name), 0o755)
  }
  const { status, stdout, stderr } = spawnSync(
    analyze!,
    ['verify', '--man=no', `--root=${place}`, 'warren.service'],
    { encoding: 'utf8' },
  )
  const about = `${stdout}${stderr}`.split('\n').filter((line) => line.includes('warren'))
  assert.deepEqual({ status, about }, { status: 0, about: [] })
})
