// rabbitmqadmin beside RabbitMQ's own program of that name, which is taken from a RabbitMQ at test time:
// the same words, one broker for each of them, and the same output, errors and exit codes.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { connect } from 'amqplib'
import { type AdminSurroundings, runAdmin } from '../../src/cli/ctl/admin/run.ts'
import { Broker } from '../../src/index.ts'
import { Child } from '../support/child.ts'
import { type Oracle, skipWithoutOracle, startOracle } from '../support/oracle.ts'

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}
interface Side {
  readonly broker: Broker
  /** Where files of its own go. */
  readonly folder: string
  run(argv: readonly string[], input?: string): Promise<Ended>
}

let oracle: Oracle
let folder: string
let theirs: Side
let ours: Side

async function makeSide(name: string, run: typeof runOurs): Promise<Side> {
  const broker = await Broker.start({ managementPort: 0, port: 0 })
  const own = mkdtempSync(join(folder, `${name}-`))
  const { port } = new URL(broker.managementUrl!)
  const where = ['-H', '127.0.0.1', '--port', port]
  // What differs because there are two brokers.
  const same = (text: string): string => text.replaceAll(own, 'FOLDER').replaceAll(port, 'PORT')
  return {
    broker,
    folder: own,
    async run(argv, input = '') {
      const words = argv.map((word) => word.replace('FOLDER', own))
      const { code, stdout, stderr } = await run([...where, ...words], input)
      return { code, stdout: same(stdout), stderr: same(stderr) }
    },
  }
}

async function runOurs(argv: readonly string[], input: string): Promise<Ended> {
  const text = { stdout: '', stderr: '' }
  const surroundings: AdminSurroundings = {
    program: 'rabbitmqadmin',
    environment: { HOME: folder },
    version: '0',
    stdout: (chunk) => {
      text.stdout += chunk
    },
    stderr: (chunk) => {
      text.stderr += chunk
    },
    readInput: () => Buffer.from(input),
  }
  const code = await runAdmin(argv, surroundings)
  return { code, ...text }
}

async function runTheirs(argv: readonly string[], input: string): Promise<Ended> {
  const child = new Child('/usr/bin/python3', [join(folder, 'rabbitmqadmin'), ...argv], {
    env: { HOME: folder },
    input,
  })
  const text = { stdout: '', stderr: '' }
  child.process.stdout?.on('data', (chunk: string) => {
    text.stdout += chunk
  })
  child.process.stderr?.on('data', (chunk: string) => {
    text.stderr += chunk
  })
  const code = await new Promise<number | null>((resolve) => child.process.once('close', resolve))
  return { code, ...text }
}

before(async () => {
  if (skipWithoutOracle !== false) return
  folder = mkdtempSync(join(tmpdir(), 'warren-rabbitmqadmin-'))
  oracle = await startOracle({ plugins: ['rabbitmq_management'] })
  const response = await fetch(
    `${oracle.managementUrl!.replace(/\/\/.*@/, '//')}/cli/rabbitmqadmin`,
  )
  assert.equal(response.status, 200)
  writeFileSync(join(folder, 'rabbitmqadmin'), await response.text())
  theirs = await makeSide('theirs', runTheirs)
  ours = await makeSide('ours', runOurs)
})
after(async () => {
  if (skipWithoutOracle !== false) return
  await Promise.all([oracle.stop(), theirs.broker.stop(), ours.broker.stop()])
  rmSync(folder, { recursive: true, force: true })
})

async function agree(line: string | readonly string[], input = ''): Promise<Ended> {
  const argv = typeof line === 'string' ? line.split(' ') : line
  const [expected, actual] = await Promise.all([theirs.run(argv, input), ours.run(argv, input)])
  assert.deepEqual(actual, expected, argv.join(' '))
  return actual
}

describe('rabbitmqadmin says and does what RabbitMQ’s does', { skip: skipWithoutOracle }, () => {
  test('when it declares', async () => {
    for (const line of [
      'declare vhost name=shop',
      'declare user name=u password=p tags=management',
      'declare user name=h password_hash= tags=',
      'declare permission vhost=shop user=u configure=.* write=.* read=.*',
      'declare exchange name=x type=topic',
      'declare exchange name=y type=fanout durable=false auto_delete=true internal=true',
      ['declare', 'queue', 'name=q', 'arguments={"x-max-length": 10, "x-overflow": "drop-head"}'],
      'declare queue name=plain',
      'declare queue name=quorum queue_type=quorum',
      'declare queue name=a/b durable=false auto_delete=true',
      '-V shop declare queue name=elsewhere',
      'declare binding source=x destination=q routing_key=a.#',
      'declare binding source=x destination=y destination_type=exchange routing_key=k',
      'declare parameter component=mine name=p value=[1,2.5,null]',
      'declare policy name=pol pattern=^q definition={"max-length":3} priority=7 apply-to=queues',
      'declare operator_policy name=op pattern=^q definition={"max-length":5}',
      'declare vhost_limit vhost=shop name=max-queues value=3',
      '-q declare queue name=quiet',
    ]) {
      assert.equal((await agree(line)).code, 0, String(line))
    }
  })

  test('when it publishes and gets', async () => {
    await agree(['publish', 'exchange=x', 'routing_key=a.b', 'payload=hello'])
    await agree(['publish', 'routing_key=q', 'payload=héllo', 'properties={"delivery_mode":2}'])
    await agree(['publish', 'routing_key=q', 'payload=AAH/', 'payload_encoding=base64'])
    await agree('publish exchange=x routing_key=nowhere payload=lost')
    await agree('publish routing_key=plain', 'from standard input\n')
    await agree('get queue=q count=5')
    await agree('-d 3 get queue=q')
    await agree('-f long get queue=plain')
    await agree('-f pretty_json get queue=q count=2')
    await agree('-f raw_json get queue=q')
    assert.match((await agree('get queue=q ackmode=ack_requeue_false')).stdout, /hello/)
    await agree('get queue=quorum')
    await agree('-q get queue=quorum')
    await agree('get queue=q payload_file=FOLDER/payload')
    for (const { folder: own } of [theirs, ours]) {
      assert.equal(readFileSync(join(own, 'payload'), 'utf8'), 'héllo')
    }
    await agree('get queue=q count=2 payload_file=FOLDER/payload')
  })

  test('when it lists, in every format', async () => {
    for (const format of ['table', 'tsv', 'long', 'kvp', 'bash']) {
      for (const kind of ['bindings', 'policies', 'queues name arguments durable messages']) {
        await agree(`-f ${format} list ${kind}`)
      }
    }
    for (const kind of [
      'exchanges',
      'queues',
      // Hashes are salted: no two brokers have the same.
      'users name tags hashing_algorithm',
      'vhosts name tags',
      'permissions',
      'parameters',
      'operator_policies',
      'vhost_limits',
      'connections',
      'channels',
      'consumers',
      'queues name arguments.x-max-length bogus',
    ]) {
      await agree(`list ${kind}`)
    }
    await agree('-f pretty_json list exchanges name type arguments')
    await agree('-f raw_json list permissions')
    await agree('-q -f tsv list queues')
    await agree('-V shop list queues vhost name')
    await agree('--vhost=shop list exchanges')
    await agree('-S messages -R -f tsv list queues')
    await agree('show overview')
    await agree('-f kvp show overview product_name rabbitmq_version')
  })

  test('when it lists connections', async () => {
    const clients = await Promise.all([theirs, ours].map((side) => connect(side.broker.url)))
    try {
      for (const client of clients) {
        client.on('error', () => undefined)
        const channel = await client.createChannel()
        await channel.consume('plain', () => {}, { consumerTag: 'tag' })
      }
      await agree('-f tsv list connections user vhost channels protocol client_properties.product')
      await agree('-f tsv list consumers queue.name consumer_tag ack_required')
      for (const side of [theirs, ours]) {
        const names = await side.run('-q -f tsv list connections name'.split(' '))
        const closed = await side.run(['close', 'connection', `name=${names.stdout.trim()}`])
        assert.deepEqual(closed, { code: 0, stdout: 'connection closed\n', stderr: '' })
      }
    } finally {
      await Promise.all(clients.map((client) => client.close().catch(() => undefined)))
    }
  })

  test('when it exports, imports, purges and deletes', async () => {
    await agree('export FOLDER/definitions.json')
    await agree('-V shop export FOLDER/shop.json')
    for (const line of [
      'purge queue name=q',
      'delete queue name=q',
      'delete queue name=a/b',
      'delete binding source=x destination=y destination_type=exchange properties_key=k',
      'delete exchange name=x',
      'delete policy name=pol',
      'delete operator_policy name=op',
      'delete parameter component=mine name=p',
      'delete permission vhost=shop user=u',
      'delete vhost_limit vhost=shop name=max-queues',
      'delete vhost name=shop',
      'delete user name=u',
    ]) {
      assert.equal((await agree(line)).code, 0, line)
    }
    const imported = await agree('import FOLDER/definitions.json')
    assert.match(imported.stdout, /^Uploaded definitions from "127.0.0.1" to FOLDER/)
    await agree('-f tsv list bindings')
    await agree('-f tsv list queues vhost name arguments')
    await agree('-V shop import FOLDER/shop.json')
  })

  test('when it is called wrongly or refused', async () => {
    for (const line of [
      'frobnicate',
      'list bogus',
      'show bogus',
      'declare',
      'declare bogus',
      'declare queue',
      'declare queue bogus',
      'declare queue bogus=1',
      'declare user name=u tags=',
      'declare policy name=p pattern=x definition={',
      'declare exchange name=z type=bogus',
      'declare queue name=plain durable=false',
      'delete queue name=missing',
      'get queue=missing',
      'export',
      'help bogus',
      '-u nobody list queues',
      '-N elsewhere -c FOLDER/missing list queues',
    ]) {
      assert.equal((await agree(line)).code, 1, line)
    }
    assert.equal((await agree('--bogus list queues')).code, 2)
    assert.equal((await agree('-t soon list queues')).code, 2)
    await agree('-P 1 list queues')
  })

  test('when its options come from a file', async () => {
    const { port } = new URL(ours.broker.managementUrl!)
    const file = join(folder, 'hosts.conf')
    writeFileSync(
      file,
      `# hosts\n[default]\nhostname = 127.0.0.1\nport: ${port}\nusername = guest\n
[wrong]\nhostname=127.0.0.1\nport = ${port}\npassword = wrong\n
[quiet]\nhostname = 127.0.0.1\nport = ${port}\nformat = tsv\ndeclare_vhost = shop\n`,
    )
    for (const argv of [
      ['-c', file, 'list', 'users', 'name'],
      ['-c', file, '-N', 'wrong', 'list', 'users', 'name'],
      ['-c', file, '-N', 'wrong', '-p', 'guest', 'list', 'users', 'name'],
      ['-c', file, '-N', 'quiet', 'declare', 'queue', 'name=by-file'],
      ['-c', file, '-N', 'quiet', 'list', 'queues', 'vhost', 'name'],
      ['-U', `http://guest:guest@127.0.0.1:${port}`, 'list', 'users', 'name'],
    ]) {
      assert.deepEqual(await runOurs(argv, ''), await runTheirs(argv, ''), argv.join(' '))
    }
    const missing = await runOurs(['-c', file, '-N', 'none', 'list', 'users'], '')
    assert.match(missing.stderr, /^\nERROR: Could not read section 'none' in config file/)
    assert.equal(missing.code, 1)
  })

  test('when the broker is RabbitMQ', async () => {
    const { hostname, port } = new URL(oracle.managementUrl!)
    for (const words of [
      'list exchanges',
      '-d 2 list users',
      '-f long list permissions',
      'list nodes name type rates_mode partitions',
      'show overview management_version message_stats queue_totals rates_mode',
      '-f pretty_json list exchanges name arguments',
    ]) {
      const argv = ['-H', hostname, '-P', port, ...words.split(' ')]
      assert.deepEqual(await runOurs(argv, ''), await runTheirs(argv, ''), words)
    }
  })
})

describe('rabbitmqadmin', () => {
  test('explains itself', async () => {
    const help = await runOurs(['help'], '')
    assert.deepEqual(await runOurs(['--help'], ''), help)
    for (const option of ['--host=HOST, -H HOST', '--vhost=VHOST, -V VHOST', '--format=FORMAT']) {
      assert.ok(help.stdout.includes(option), option)
    }
    const { stdout } = await runOurs(['help', 'subcommands'], '')
    assert.match(
      stdout,
      /^ {2}declare binding source=\.\.\. destination=\.\.\. \[destination_type=/m,
    )
    assert.match(
      stdout,
      /^ {2}declare user name=\.\.\. password=\.\.\. OR password_hash=\.\.\. tags=/m,
    )
    assert.match((await runOurs(['help', 'config'], '')).stdout, /declare_vhost/)
    assert.equal((await runOurs(['--version'], '')).stdout, 'rabbitmqadmin 0\n')
  })

  test('completes in bash', async () => {
    const script = (await runOurs(['--bash-completion'], '')).stdout
    const complete = (line: string): string[] => {
      const words = line.split(' ')
      // The program that the script asks is this one, by a function of the shell's.
      const { stdout, stderr } = spawnSync('bash', ['-c', completer, 'bash', script, ...words], {
        encoding: 'utf8',
        env: { ...process.env, NODE: process.execPath, MODULE: admin },
      })
      assert.equal(stderr, '')
      return stdout.trim().split('\n')
    }
    assert.deepEqual(complete('rabbitmqadmin de'), ['declare', 'delete'])
    assert.deepEqual(complete('rabbitmqadmin list qu'), ['queues'])
    assert.deepEqual(complete('rabbitmqadmin -q declare queue dur'), ['durable='])
    assert.deepEqual(
      complete('rabbitmqadmin --ssl-c'),
      ['--ssl-cert-file', '--ssl-ca-cert-file'].sort(),
    )
  })
})

const admin = join(import.meta.dirname, '../../src/cli/ctl/admin/completion.ts')
const completer = `
script=$1; shift
rabbitmqadmin() {
  [[ $1 == autocomplete ]] && shift
  "$NODE" -e 'import(process.env.MODULE).then((m) => console.log(m.completionWords(process.argv.slice(1)).join("\\n")))' -- "$@"
}
compopt() { :; }
source <(echo "$script")
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_rabbitmqadmin
printf '%s\\n' "\${COMPREPLY[@]}" | sort
`
