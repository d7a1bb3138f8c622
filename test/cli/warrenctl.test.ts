// warrenctl against a broker. What is printed, and the exit codes, were taken from rabbitmqctl 3.10.8.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { connect } from 'amqplib'
import { Broker } from '../../src/index.ts'
import type { ControlRun } from './control.ts'
import { control } from './control.ts'

let broker: Broker
let environment: Record<string, string>

before(async () => {
  broker = await Broker.start({ managementPort: 0 })
  environment = {
    WARREN_MANAGEMENT_URL: broker.managementUrl!,
    WARREN_USER: 'guest',
    WARREN_PASSWORD: 'guest',
    RABBITMQ_NODENAME: 'rabbit@test',
  }
})
after(async () => {
  await broker.stop()
})

const run = (...argv: string[]): Promise<ControlRun> => control(argv, { environment })
const runAs = (program: string, ...argv: string[]): Promise<ControlRun> =>
  control(argv, { program, environment })

async function prints(argv: readonly string[], stdout: string, code = 0): Promise<void> {
  assert.deepEqual(await run(...argv), { code, stdout, stderr: '' })
}

async function fails(
  argv: readonly string[],
  expected: { code: number; stdout?: string; stderr: string | RegExp },
): Promise<void> {
  const result = await run(...argv)
  assert.equal(result.code, expected.code, result.stderr)
  if (expected.stdout !== undefined) assert.equal(result.stdout, expected.stdout)
  if (typeof expected.stderr === 'string') assert.equal(result.stderr, expected.stderr)
  else assert.match(result.stderr, expected.stderr)
}

describe('users', () => {
  test('the three lines of the tutorial make an administrator', async () => {
    await prints(
      ['add_user', 'lqz', '123'],
      `Adding user "lqz" ...\nDone. Don't forget to grant the user permissions to some virtual hosts! See 'rabbitmqctl help set_permissions' to learn more.\n`,
    )
    await prints(
      ['set_user_tags', 'lqz', 'administrator'],
      'Setting tags for user "lqz" to [administrator] ...\n',
    )
    await prints(
      ['set_permissions', '-p', '/', 'lqz', '.*', '.*', '.*'],
      'Setting permissions for user "lqz" in vhost "/" ...\n',
    )
    const url = new URL(broker.url)
    url.username = 'lqz'
    url.password = '123'
    const client = await connect(url.href)
    await client.close()
  })

  test('are listed in every format', async () => {
    const table = 'user\ttags\nguest\t[administrator]\nlqz\t[administrator]\n'
    await prints(['list_users'], `Listing users ...\n${table}`)
    await prints(['-q', 'list_users'], table)
    await prints(['list_users', '-s'], 'guest\t[administrator]\nlqz\t[administrator]\n')
    await prints(
      ['list_users', '--no-table-headers'],
      'Listing users ...\nguest\t[administrator]\nlqz\t[administrator]\n',
    )
    await prints(
      ['list_users', '--formatter', 'json'],
      '[\n{"user":"guest","tags":["administrator"]}\n,{"user":"lqz","tags":["administrator"]}\n]\n',
    )
    await prints(
      ['list_users', '--formatter=csv'],
      '"user","tags"\n"guest","[administrator]"\n"lqz","[administrator]"\n',
    )
    await prints(
      ['list_users', '--formatter', 'pretty_table', '-q'],
      `┌───────┬─────────────────┐
│ user  │ tags            │
├───────┼─────────────────┤
│ guest │ [administrator] │
│ lqz   │ [administrator] │
└───────┴─────────────────┘
`,
    )
  })

  test('that exist, or do not, are told by exit codes', async () => {
    await fails(['add_user', 'lqz', '123'], {
      code: 70,
      stdout: 'Adding user "lqz" ...\n',
      stderr: 'Error:\nUser "lqz" already exists\n',
    })
    const missing = 'Error:\nUser "nope" does not exist\n'
    await fails(['delete_user', 'nope'], { code: 67, stderr: missing })
    await fails(['change_password', 'nope', 'x'], { code: 67, stderr: missing })
    await fails(['set_user_tags', 'nope', 'x'], { code: 67, stderr: missing })
    await fails(['set_permissions', 'nope', '', '', ''], {
      code: 67,
      stderr: 'Error:\nUser nope does not exist\n',
    })
    await fails(['set_permissions', '-p', 'nope', 'lqz', '', '', ''], {
      code: 69,
      stderr: 'Error:\nVirtual host nope does not exist\n',
    })
  })

  test('authenticate, and change or lose their password', async () => {
    await prints(['authenticate_user', 'lqz', '123'], 'Authenticating user "lqz" ...\nSuccess\n')
    await prints(['change_password', 'lqz', '456'], 'Changing password for user "lqz" ...\n')
    await fails(['authenticate_user', 'lqz', '123'], {
      code: 65,
      stderr:
        'Error:\nError: failed to authenticate user "lqz"\nuser \'lqz\' - invalid credentials\n',
    })
    await prints(['authenticate_user', '-q', 'lqz', '456'], 'Success\n')
    // Tags are kept when the password changes; a user without any can log in as well.
    assert.match((await run('list_users')).stdout, /lqz\t\[administrator\]/)
    await prints(['set_user_tags', 'lqz'], 'Setting tags for user "lqz" to [] ...\n')
    await prints(['authenticate_user', '-q', 'lqz', '456'], 'Success\n')
    await prints(['clear_password', 'lqz'], 'Clearing password for user "lqz" ...\n')
    await fails(['authenticate_user', 'lqz', ''], { code: 65, stderr: /failed to authenticate/ })
  })

  test('get a password from standard input, or as a hash', async () => {
    const added = await control(['-q', 'add_user', 'piped'], { environment, secret: 'typed' })
    assert.equal(added.code, 0)
    await prints(['-q', 'authenticate_user', 'piped', 'typed'], 'Success\n')
    const hash = (await run('hash_password', 'other')).stdout.trim()
    assert.equal((await run('add_user', 'hashed', hash, '--pre-hashed-password')).code, 0)
    await prints(['-q', 'authenticate_user', 'hashed', 'other'], 'Success\n')
    for (const name of ['piped', 'hashed']) assert.equal((await run('delete_user', name)).code, 0)
  })

  test('permissions are listed and cleared', async () => {
    await prints(
      ['list_permissions'],
      'Listing permissions for vhost "/" ...\nuser\tconfigure\twrite\tread\nguest\t.*\t.*\t.*\nlqz\t.*\t.*\t.*\n',
    )
    await prints(
      ['list_user_permissions', 'lqz'],
      'Listing permissions for user "lqz" ...\nvhost\tconfigure\twrite\tread\n/\t.*\t.*\t.*\n',
    )
    await prints(
      ['clear_permissions', '-p', '/', 'lqz'],
      'Clearing permissions for user "lqz" in vhost "/" ...\n',
    )
    await prints(['list_user_permissions', 'lqz'], 'Listing permissions for user "lqz" ...\n\n')
    await prints(
      ['set_topic_permissions', 'lqz', 'amq.topic', '^a', '^b'],
      'Setting topic permissions on "amq.topic" for user "lqz" in vhost "/" ...\n',
    )
    await prints(
      ['-q', 'list_topic_permissions'],
      'user\texchange\twrite\tread\nlqz\tamq.topic\t^a\t^b\n',
    )
    await prints(['-q', 'clear_topic_permissions', 'lqz'], '')
    await prints(['delete_user', 'lqz'], 'Deleting user "lqz" ...\n')
  })
})

describe('virtual hosts', () => {
  test('come, are listed, and go', async () => {
    await prints(
      ['add_vhost', 'v1', '--description', 'first', '--tags', 'a,b'],
      'Adding vhost "v1" ...\n',
    )
    await prints(['add_vhost', 'v1'], 'Adding vhost "v1" ...\n')
    await prints(['list_vhosts'], 'Listing vhosts ...\nname\n/\nv1\n')
    await prints(
      ['-q', 'list_vhosts', 'name', 'tracing', 'description', 'tags'],
      'name\ttracing\tdescription\ttags\n/\tfalse\t\t[]\nv1\tfalse\tfirst\t[a, b]\n',
    )
    await prints(
      ['set_vhost_limits', '-p', 'v1', '{"max-connections": 5}'],
      'Setting vhost limits to "{"max-connections": 5}" for vhost "v1" ...\n',
    )
    await prints(
      ['list_vhost_limits', '-p', 'v1'],
      'Listing limits for vhost "v1" ...\n{"max-connections":5}\n',
    )
    await prints(['-q', 'clear_vhost_limits', '-p', 'v1'], '')
    await prints(['-q', 'list_vhost_limits', '-p', 'v1'], '{}\n')
    await prints(
      ['trace_on', '-p', 'v1'],
      'Starting tracing for vhost "v1" ...\nTrace enabled for vhost v1\n',
    )
    await prints(['-s', 'list_vhosts', 'name', 'tracing'], '/\tfalse\nv1\ttrue\n')
    await prints(['-q', 'trace_off', '-p', 'v1'], 'Trace disabled for vhost v1\n')
    await prints(['delete_vhost', 'v1'], 'Deleting vhost "v1" ...\n')
    await fails(['delete_vhost', 'v1'], {
      code: 65,
      stderr: "Error:\nVirtual host 'v1' does not exist\n",
    })
  })
})

describe('queues and what leads to them', () => {
  test('are listed by columns, with arguments as Erlang terms', async () => {
    const client = await connect(broker.url)
    const channel = await client.createConfirmChannel()
    await channel.assertQueue('q1', {
      durable: true,
      arguments: { 'x-max-length': 5, 'x-dead-letter-exchange': 'dlx', 'x-queue-type': 'classic' },
    })
    await channel.assertQueue('tr', { durable: false, autoDelete: true })
    await channel.bindQueue('q1', 'amq.topic', 'a.*', { x: 1 })
    await channel.consume('tr', () => undefined, { consumerTag: 'ctag', noAck: true })
    channel.sendToQueue('q1', Buffer.from('m'))
    await channel.waitForConfirms()
    await prints(
      ['list_queues'],
      'Timeout: 60.0 seconds ...\nListing queues for vhost / ...\nname\tmessages\nq1\t1\ntr\t0\n',
    )
    await prints(
      ['-s', 'list_queues', '-t', '10', 'name', 'durable', 'auto_delete', 'policy', 'consumers'],
      'q1\ttrue\tfalse\t\t0\ntr\tfalse\ttrue\t\t1\n',
    )
    await prints(
      ['-s', 'list_queues', 'arguments'],
      '[{"x-max-length",5},{"x-dead-letter-exchange","dlx"},{"x-queue-type","classic"}]\n[]\n',
    )
    await prints(
      ['list_queues', '--formatter', 'json', 'name', 'messages'],
      '[\n{"name":"q1","messages":1}\n,{"name":"tr","messages":0}\n]\n',
    )
    await prints(
      ['list_bindings'],
      `Listing bindings for vhost /...
source_name\tsource_kind\tdestination_name\tdestination_kind\trouting_key\targuments
\texchange\tq1\tqueue\tq1\t[]
\texchange\ttr\tqueue\ttr\t[]
amq.topic\texchange\tq1\tqueue\ta.*\t[{"x",1}]
`,
    )
    assert.match(
      (await run('list_exchanges')).stdout,
      /^Listing exchanges for vhost \/ ...\nname\ttype\n\tdirect\namq\.direct\tdirect\n/,
    )
    assert.match(
      (await run('list_connections')).stdout,
      /^Listing connections ...\nuser\tpeer_host\tpeer_port\tstate\nguest\t127\.0\.0\.1\t\d+\trunning\n$/,
    )
    assert.match(
      (await run('-q', 'list_channels', 'number', 'consumer_count')).stdout,
      /^number\tconsumer_count\n1\t1\n$/,
    )
    assert.match(
      (await run('list_consumers')).stdout,
      /^Listing consumers in vhost \/ ...\nqueue_name\tchannel_pid\tconsumer_tag\tack_required\tprefetch_count\tactive\targuments\ntr\t127[^\t]*\tctag\tfalse\t0\ttrue\t\[\]\n$/,
    )
    await prints(['purge_queue', 'q1'], "Purging queue 'q1' in vhost '/' ...\n")
    await fails(['purge_queue', 'nope'], { code: 69, stderr: 'Error:\nnot_found\n' })
    await prints(
      ['delete_queue', 'q1', '--if-empty'],
      "Deleting queue 'q1' on vhost '/' if queue is empty ...\nQueue was successfully deleted with 0 ready messages\n",
    )
    await fails(['delete_queue', 'q1'], { code: 64, stderr: 'Error:\nQueue not found\n' })
    client.on('error', () => undefined)
    const closed = new Promise((resolve) => client.once('close', resolve))
    await prints(
      ['close_all_connections', 'bye'],
      'Closing all connections in vhost /, reason: bye...\nClosed 1 connections\n',
    )
    await closed
  })

  test('unknown columns are refused before anything is printed', async () => {
    await fails(['list_queues', 'bogus'], {
      code: 64,
      stdout: '',
      stderr:
        /^Error \(argument validation\): Info key\(s\) bogus are not supported\nArguments given:\n\tlist_queues bogus\n/,
    })
  })
})

describe('policies and parameters', () => {
  test('are set, listed and cleared', async () => {
    await prints(
      ['set_policy', '--priority', '5', '--apply-to', 'queues', 'ha', '^q', '{"max-length":3}'],
      'Setting policy "ha" for pattern "^q" to "{"max-length":3}" with priority "5" for vhost "/" ...\n',
    )
    await prints(
      ['list_policies'],
      'Listing policies for vhost "/" ...\nvhost\tname\tpattern\tapply-to\tdefinition\tpriority\n/\tha\t^q\tqueues\t{"max-length":3}\t5\n',
    )
    await prints(['clear_policy', 'ha'], 'Clearing policy "ha" on vhost "/" ...\n')
    await fails(['clear_policy', 'ha'], {
      code: 69,
      stderr: 'Error:\nParameter does not exist\n',
    })
    await prints(['list_policies'], 'Listing policies for vhost "/" ...\n\n')
    await fails(['set_policy', 'bad', '^q', '{"max-lengthx":3}'], {
      code: 69,
      stderr:
        'Error:\nValidation failed\n\n[{<<"max-lengthx">>,3}] are not recognised policy settings\n\n',
    })
    await fails(['set_policy', 'bad', '^q', 'zzz'], { code: 69, stderr: /JSON decoding error/ })
    await prints(
      ['set_global_parameter', 'gp', '{"a":1}'],
      'Setting global runtime parameter "gp" to "{"a":1}" ...\n',
    )
    await prints(['-q', 'list_global_parameters'], 'name\tvalue\ngp\t{"a":1}\n')
    await prints(['-q', 'clear_global_parameter', 'gp'], '')
    await prints(['set_cluster_name', 'foo'], 'Setting cluster name to foo ...\n')
    assert.match((await run('cluster_status')).stdout, /Cluster name: foo/)
  })
})

describe('definitions', () => {
  test('are exported to a file and imported from it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'warrenctl-'))
    try {
      const file = join(folder, 'definitions.json.gz')
      await run('add_vhost', 'exported')
      await prints(
        ['export_definitions', file],
        `Exporting definitions in JSON to a file at "${file}" ...\n`,
      )
      assert.equal(readFileSync(file)[0], 0x1f)
      await run('delete_vhost', 'exported')
      assert.equal((await run('import_definitions', file)).code, 0)
      assert.match((await run('list_vhosts', '-s')).stdout, /exported/)
      await run('delete_vhost', 'exported')
      const toOutput: unknown = JSON.parse((await run('export_definitions', '-')).stdout)
      assert.ok(typeof toOutput === 'object' && toOutput !== null && 'users' in toOutput)
      await fails(['import_definitions', join(folder, 'none')], { code: 65, stderr: /ENOENT/ })
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

describe('the node', () => {
  test('answers the checks of rabbitmq-diagnostics', async () => {
    const diagnostics = (...argv: string[]): Promise<ControlRun> =>
      runAs('rabbitmq-diagnostics', ...argv)
    assert.deepEqual(await diagnostics('-q', 'ping'), {
      code: 0,
      stdout: 'Ping succeeded\n',
      stderr: '',
    })
    for (const [argv, pattern] of [
      [['check_running'], /is fully booted and running\n$/],
      [['check_local_alarms'], /reported no local alarms\n$/],
      [['check_alarms'], /reported no alarms, local or clusterwide\n$/],
      [['check_virtual_hosts'], /reported all vhosts as running\n$/],
      [['check_port_connectivity'], /Successfully connected to ports \d+, \d+ on node/],
      [['check_port_listener', String(broker.port)], /is running on node rabbit@test\.\n$/],
      [['check_protocol_listener', 'amqp'], /is running on node rabbit@test\.\n$/],
      [['check_if_node_is_quorum_critical'], /the check does not apply\n$/],
      [['listeners'], /Interface: 127\.0\.0\.1, port: \d+, protocol: amqp, purpose: AMQP 0-9-1\n/],
      [['-q', 'server_version'], /^3\.13\.7\n$/],
      [['memory_breakdown'], /heap_used: [\d.]+ gb \([\d.]+%\)/],
      [['alarms'], /reported no alarms/],
    ] as const) {
      const result = await diagnostics(...argv)
      assert.equal(result.code, 0, result.stderr)
      assert.match(result.stdout, pattern)
    }
    assert.match(
      (await diagnostics('memory_breakdown', '--unit', 'mb')).stdout,
      /heap_used: \d+\.?\d* mb/,
    )
    assert.equal((await diagnostics('memory_breakdown', '--unit', 'kb')).code, 64)
    assert.equal((await diagnostics('check_port_listener', '1')).code, 69)
    assert.equal((await diagnostics('check_protocol_listener', 'bogus')).code, 69)
  })

  test('shows the end of its log, where that is a file', async () => {
    const logged = await runAs('rabbitmq-diagnostics', 'log_tail')
    assert.equal(logged.code, 69)
    assert.match(logged.stderr, /the broker logs to standard error/)
    assert.equal((await runAs('rabbitmq-diagnostics', 'log_tail', '-N', 'x')).code, 64)
  })

  test('that does not answer in time is told with 75', async () => {
    const silent = createServer().listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const { port } = silent.address() as AddressInfo
    const at = { ...environment, WARREN_MANAGEMENT_URL: `http://127.0.0.1:${port}` }
    try {
      const result = await control(['list_users', '-t', '0.2'], { environment: at })
      assert.equal(result.code, 75)
      assert.match(result.stderr, /operation rabbit@test timed out\. Timeout value used: 200/)
    } finally {
      silent.closeAllConnections()
      silent.close()
    }
  })

  test('tells its status', async () => {
    const { stdout, code } = await run('status')
    assert.equal(code, 0)
    assert.match(stdout, /^Status of node rabbit@test ...\nRuntime\n\nOS PID: \d+\n/)
    assert.match(stdout, /\nListeners\n\nInterface: 127\.0\.0\.1, port: \d+, protocol: amqp/)
    assert.deepEqual(await run('await_startup'), { code: 0, stdout: '', stderr: '' })
  })

  test('that cannot be reached is told with 69, a wrong password with 77', async () => {
    const away = { ...environment, WARREN_MANAGEMENT_URL: 'http://127.0.0.1:1' }
    const result = await control(['list_users'], { environment: away })
    assert.equal(result.code, 69)
    assert.match(result.stderr, /^Error: unable to perform an operation on node 'rabbit@test'/)
    const denied = await run('list_users', '--user', 'guest', '--password', 'wrong')
    assert.equal(denied.code, 77)
  })

  test('tells its version, and that who embeds it decides when it stops', async () => {
    await prints(['--version'], '3.13.7\n')
    await prints(['version'], '3.13.7\n')
    await fails(['stop'], { code: 70, stderr: /this node cannot stop through its API/ })
  })

  test('stopping AMQP and starting it again', async () => {
    const own = await Broker.start({ managementPort: 0 })
    const at = { environment: { ...environment, WARREN_MANAGEMENT_URL: own.managementUrl! } }
    try {
      assert.equal((await control(['stop_app'], at)).code, 0)
      await assert.rejects(connect(own.url))
      assert.equal((await control(['add_vhost', 'gone'], at)).code, 0)
      assert.equal((await control(['reset'], at)).code, 0)
      assert.equal((await control(['-s', 'list_vhosts'], at)).stdout, '/\n')
      assert.equal((await control(['start_app'], at)).code, 0)
      const listeners = await control(['-q', 'listeners'], { ...at, program: 'warrenctl' })
      const port = /port: (\d+), protocol: amqp/.exec(listeners.stdout)?.[1]
      const client = await connect(`amqp://guest:guest@127.0.0.1:${port}`)
      await client.close()
    } finally {
      await own.stop()
    }
  })
})

describe('plugins', () => {
  const plugins = (...argv: string[]): Promise<ControlRun> => runAs('rabbitmq-plugins', ...argv)

  test('of RabbitMQ are taken for enabled, and unknown ones refused, without a broker', async () => {
    const offline = { program: 'rabbitmq-plugins', environment: {} }
    assert.equal((await control(['enable', '--offline', 'rabbitmq_management'], offline)).code, 0)
    const mqtt = await plugins('enable', 'rabbitmq_mqtt')
    assert.equal(mqtt.code, 0)
    assert.match(mqtt.stdout, /rabbitmq_mqtt is not available/)
    assert.equal((await plugins('enable', 'bogus')).code, 70)
    assert.equal((await plugins('is_enabled', 'rabbitmq_management')).code, 0)
    assert.equal((await plugins('is_enabled', 'rabbitmq_mqtt')).code, 69)
    assert.match(
      (await plugins('list', '-m', '-e')).stdout,
      /\nrabbitmq_management\nrabbitmq_management_agent\n/,
    )
  })
})

describe('help and mistakes', () => {
  test('a mistyped command is guessed', async () => {
    await fails(['ad_user'], {
      code: 64,
      stderr: "\nCommand 'ad_user' not found. \nDid you mean 'add_user'? \n\n",
    })
    await fails(['zzzz'], {
      code: 64,
      stderr: /Command 'zzzz' not found\. \n[\s\S]*Available commands/,
    })
  })

  test('wrong arguments show the usage', async () => {
    await fails(['add_user'], {
      code: 64,
      stdout: '',
      stderr:
        /^Error \(argument validation\): not enough arguments\.\nArguments given:\n\tadd_user\n\nUsage\n\nrabbitmqctl add_user /,
    })
    await fails(['list_users', 'extra'], { code: 64, stderr: /too many arguments\./ })
    await fails(['list_users', '--bogus'], {
      code: 64,
      stderr: /Invalid options for this command:\n--bogus : \n/,
    })
    await fails(['list_users', '--formatter', 'xml'], { code: 64, stderr: /formatter xml/ })
  })

  test('what cannot be done here is refused with the reason', async () => {
    await fails(['eval', '1+1.'], { code: 69, stderr: /there is no Erlang runtime/ })
    await fails(['join_cluster', 'rabbit@other'], { code: 69, stderr: /runs on one node/ })
  })

  test('every command has a page that shows how it is called', async () => {
    for (const program of [
      'warrenctl',
      'rabbitmqctl',
      'rabbitmq-diagnostics',
      'rabbitmq-plugins',
    ]) {
      const list = await runAs(program, 'help')
      assert.equal(list.code, 0)
      const names = [...list.stdout.matchAll(/^ {3}(\w+) {2}/gm)].map((match) => match[1]!)
      assert.ok(names.length > 5, program)
      for (const name of names) {
        const page = await runAs(program, 'help', name)
        assert.equal(page.code, 0, name)
        assert.ok(page.stdout.includes(`${program} ${name}`), name)
        const refused = page.stdout.includes('Not available:')
        assert.equal(page.stdout.includes('Examples and notes'), !refused, name)
        assert.ok(refused || page.stdout.split(`\n  ${program} `).length > 1, `${name}: no example`)
        const sameByFlag = await runAs(program, name, '--help')
        assert.equal(sameByFlag.stdout, page.stdout)
      }
    }
  })

  test('shells complete commands and options', async () => {
    const words = (await run('autocomplete', 'list_user')).stdout.trim().split('\n').sort()
    assert.deepEqual(words, [
      'list_user_limits',
      'list_user_permissions',
      'list_user_topic_permissions',
      'list_users',
    ])
    assert.match((await run('autocomplete', 'list_users', '')).stdout, /^--formatter$/m)
    for (const shell of ['bash', 'zsh', 'fish']) {
      assert.match((await run('completion', shell)).stdout, /rabbitmqctl autocomplete/)
    }
    assert.equal((await run('completion', 'tcsh')).code, 64)
  })
})
