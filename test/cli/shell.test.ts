// The command line as it is typed: the published lines word for word in a real shell, against a broker
// that was started with the environment of the published `docker run`; and completion in real shells.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { connect } from 'amqplib'
import { TestClient } from '../management/api-client.ts'
import { Child } from '../support/child.ts'
import { findProgram } from '../support/peers.ts'

const root = join(import.meta.dirname, '..', '..')
const dockerRun =
  'docker run -di --name rabbitmq -e RABBITMQ_DEFAULT_USER=admin -e RABBITMQ_DEFAULT_PASS=123456 -p 15672:15672 -p 5672:5672 rabbitmq:management'

let folder: string
let broker: Child
let amqpUrl: string
let managementUrl: string
let environment: NodeJS.ProcessEnv

interface Ended {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

function shell(line: string, program = 'bash'): Ended {
  const argv = program === 'zsh' ? ['--no-rcs', '-c', line] : ['-c', line]
  const { status, stdout, stderr } = spawnSync(program, argv, {
    cwd: folder,
    encoding: 'utf8',
    env: environment,
  })
  return { status, stdout, stderr }
}

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'warren-shell-'))
  const [programs, links] = [join(folder, 'bin'), join(folder, 'links')]
  mkdirSync(programs)
  mkdirSync(links)
  for (const name of ['warrenctl', 'rabbitmqctl', 'rabbitmq-diagnostics', 'rabbitmq-plugins']) {
    symlinkSync(join(root, 'src/cli/warrenctl.ts'), join(links, name))
    // As a package's programs are found: on the PATH, and run by Node.
    writeFileSync(
      join(programs, name),
      `#!/bin/sh\nexec '${process.execPath}' '${links}/${name}' "$@"\n`,
    )
    chmodSync(join(programs, name), 0o755)
  }
  const variables = [...dockerRun.matchAll(/-e (\w+)=(\S+)/g)].map(([, name, value]) => [
    name,
    value,
  ])
  const data = join(folder, 'data')
  const flags = ['--port', '0', '--bind', '127.0.0.1', '--management-port', '0', '--data-dir', data]
  environment = {
    PATH: `${programs}:${process.env.PATH}`,
    HOME: folder,
    WARREN_DATA_DIR: data,
    RABBITMQ_NODENAME: 'rabbit@test',
  }
  broker = new Child(process.execPath, [join(root, 'src/main.ts'), ...flags], {
    env: { ...Object.fromEntries(variables), WARREN_PROMETHEUS_PORT: 'none' },
  })
  amqpUrl = (await broker.says(/listens on (amqp:\S+),/))[1]!
  managementUrl = (await broker.says(/management on (http:\S+)/))[1]!
})
after(async () => {
  await broker?.kill('SIGTERM')
  rmSync(folder, { recursive: true, force: true })
})

describe('the published lines', () => {
  test('make a user who administers and publishes', async () => {
    for (const line of [
      'rabbitmq-plugins enable rabbitmq_management',
      'rabbitmqctl add_user lqz 123',
      'rabbitmqctl set_user_tags lqz administrator',
      'rabbitmqctl set_permissions -p "/" lqz ".*" ".*" ".*"',
    ]) {
      const { status, stderr } = shell(line)
      assert.deepEqual({ line, status, stderr }, { line, status: 0, stderr: '' })
    }
    for (const login of ['admin:123456', 'lqz:123']) {
      const api = new TestClient(managementUrl.replace('//', `//${login}@`))
      assert.equal((await api.get('/users')).status, 200, login)
      const client = await connect(amqpUrl.replace('//', `//${login}@`))
      await client.close()
    }
  })

  test('list what there is', async () => {
    const client = await connect(amqpUrl.replace('//', '//lqz:123@'))
    const channel = await client.createChannel()
    await channel.assertQueue('hello')
    for (const [line, pattern] of [
      [
        'rabbitmqctl list_users',
        /^Listing users \.\.\.\nuser\ttags\nadmin\t\[administrator\]\nlqz\t/,
      ],
      ['rabbitmqctl list_permissions', /^lqz\t\.\*\t\.\*\t\.\*$/m],
      ['rabbitmqctl list_permissions -p "/"', /^admin\t\.\*\t\.\*\t\.\*$/m],
      ['rabbitmqctl list_user_permissions lqz', /^\/\t\.\*\t\.\*\t\.\*$/m],
      ['rabbitmqctl list_vhosts', /^name\n\/$/m],
      ['rabbitmqctl list_queues', /^hello\t0$/m],
      ['rabbitmqctl list_exchanges', /^amq\.topic\ttopic$/m],
      ['rabbitmqctl list_bindings', /^\texchange\thello\tqueue\thello\t\[\]$/m],
      ['rabbitmqctl list_connections', /^lqz\t127\.0\.0\.1\t\d+\trunning$/m],
      ['rabbitmqctl list_channels', /\tlqz\t0\t0$/m],
      ['rabbitmqctl list_consumers', /^Listing consumers in vhost \/ \.\.\.$/m],
      ['rabbitmqctl status', /^Status of node rabbit@test \.\.\.$/m],
      ['rabbitmq-plugins list', /^\[E\*\] rabbitmq_management$/m],
      ['rabbitmq-diagnostics -q ping', /^Ping succeeded$/m],
    ] as const) {
      const { status, stdout, stderr } = shell(line)
      assert.equal(status, 0, `${line}: ${stderr}`)
      assert.match(stdout, pattern, line)
    }
    await client.close()
  })
})

describe('completion', () => {
  /** What a press of Tab offers, with the last word being typed. */
  function bash(program: string, ...words: readonly string[]): string[] {
    const all = [program, ...words].map((word) => `'${word}'`).join(' ')
    const { stdout, stderr } = shell(`
      source <(${program} completion bash)
      COMP_WORDS=(${all}); COMP_CWORD=${words.length}
      _${program}
      printf '%s\\n' "\${COMPREPLY[@]}"`)
    assert.equal(stderr, '')
    return stdout.trim().split('\n').sort()
  }

  test('in bash: commands, options, values of options', () => {
    assert.deepEqual(bash('rabbitmqctl', 'list_user_p'), ['list_user_permissions'])
    assert.deepEqual(bash('rabbitmqctl', '-p', '/', 'add_'), ['add_user', 'add_vhost'])
    assert.deepEqual(bash('rabbitmqctl', 'delete_queue', '--if-'), ['--if-empty', '--if-unused'])
    assert.deepEqual(bash('rabbitmqctl', 'list_queues', '--formatter', 'j'), ['json'])
    assert.deepEqual(bash('rabbitmqctl', 'help', 'set_disk'), ['set_disk_free_limit'])
    assert.deepEqual(bash('rabbitmqctl', 'completion', ''), ['bash', 'fish', 'zsh'])
    assert.deepEqual(bash('rabbitmq-plugins', 'en'), ['enable'])
    assert.deepEqual(bash('rabbitmq-diagnostics', 'check_port'), [
      'check_port_connectivity',
      'check_port_listener',
    ])
  })

  test('in fish', {
    skip: findProgram('fish') === undefined ? 'fish is not installed' : false,
  }, () => {
    const { stdout, stderr } = shell(
      "rabbitmqctl completion fish | source; complete -C 'rabbitmqctl list_user_p'; complete -C 'rabbitmqctl list_queues --formatter j'",
      'fish',
    )
    assert.deepEqual({ stdout, stderr }, { stdout: 'list_user_permissions\njson\n', stderr: '' })
  })

  test('in zsh', {
    skip: findProgram('zsh') === undefined ? 'zsh is not installed' : false,
  }, () => {
    // Completion wants a terminal: compadd stands for it, which would match the words itself.
    const { stdout, stderr } = shell(
      `compdef() { :; }
      compadd() { shift; print -l -- $@ }
      source <(rabbitmqctl completion zsh)
      words=(rabbitmqctl -p / list_user_p); CURRENT=4
      _rabbitmqctl`,
      'zsh',
    )
    assert.deepEqual({ stdout, stderr }, { stdout: 'list_user_permissions\n', stderr: '' })
  })
})
