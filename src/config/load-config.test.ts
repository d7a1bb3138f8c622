import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { ConfigError } from './config-error.ts'
import type { ConfigFiles } from './files.ts'
import { renderConfigurationGuide } from './guide.ts'
import type { LoadConfigOptions, LoadedConfig } from './load-config.ts'
import { loadConfig } from './load-config.ts'
import { allSettings, findSetting } from './settings.ts'

function filesOf(contents: Record<string, string>, writable: readonly string[] = []): ConfigFiles {
  return {
    read: (path) => contents[path] ?? null,
    list: (directory) =>
      Object.keys(contents)
        .filter((path) => path.startsWith(`${directory}/`))
        .map((path) => path.slice(directory.length + 1))
        .filter((name) => !name.includes('/'))
        .sort(),
    isWritableDirectory: (path) => writable.includes(path),
  }
}

function load(
  conf: string,
  rest: Partial<LoadConfigOptions> & { contents?: Record<string, string> } = {},
): LoadedConfig {
  return loadConfig({
    flags: { '--config': 'w.conf', ...rest.flags },
    environment: rest.environment ?? {},
    hostname: 'box.example.com',
    files: filesOf({ 'w.conf': conf, ...rest.contents }),
  })
}

const originOf = (loaded: LoadedConfig, key: string): string | undefined =>
  loaded.settings.find((setting) => setting.key === key)?.origin

describe('without any configuration', () => {
  const loaded = loadConfig({
    flags: {},
    environment: {},
    hostname: 'box.example.com',
    files: filesOf({}),
  })

  test('the defaults are those of RabbitMQ 3.13', () => {
    const { amqp, management, prometheus, firstStart, node, alarms } = loaded.config
    assert.deepEqual(amqp.listeners, [{ host: null, port: 5672 }])
    assert.equal(amqp.heartbeatSeconds, 60)
    assert.equal(amqp.frameBytesMax, 131072)
    assert.equal(amqp.channelsMax, 2047)
    assert.equal(amqp.messageBytesMax, 128 * 1024 * 1024)
    assert.equal(management.port, 'auto')
    assert.equal(prometheus.port, 'auto')
    assert.deepEqual(firstStart.loopbackUsers, ['guest'])
    assert.equal(node.name, 'rabbit@box')
    assert.equal(node.product, 'RabbitMQ')
    assert.equal(node.version, '3.13.7')
    assert.deepEqual(alarms.disk, { kind: 'absolute', bytes: 50_000_000 })
    assert.deepEqual(alarms.memory, { kind: 'relative', fraction: 0.4 })
    assert.deepEqual(loaded.warnings, [])
  })

  test('every setting comes from its default, and nothing can be changed afterwards', () => {
    assert.ok(loaded.settings.every((setting) => setting.origin === 'default'))
    assert.throws(() => Object.assign(loaded.config.amqp, { heartbeatSeconds: 1 }), TypeError)
    assert.throws(() => Object.assign(loaded.config, { amqp: {} }), TypeError)
  })

  test('the data directory is the system’s only where that is writable', () => {
    const installed = loadConfig({
      flags: {},
      environment: {},
      files: filesOf({}, ['/var/lib/warren']),
    })
    assert.equal(loaded.config.node.dataDirectory, '.warren')
    assert.equal(installed.config.node.dataDirectory, '/var/lib/warren')
  })
})

describe('files', () => {
  test('keys, units, comments, quotes and variables', () => {
    const { config } = load(
      [
        '# comment',
        'heartbeat = 30   # behind a value',
        "cluster_name = 'a # b'",
        'default_pass = $(SECRET)#1',
        'vm_memory_high_watermark.absolute = 2GB',
        'warren.memory_budget = 64MiB',
        'handshake_timeout = 5s',
        'log.connection.level = debug',
        'management.path_prefix = rabbit/',
      ].join('\n'),
      { environment: { SECRET: 'p w' } },
    )
    assert.equal(config.amqp.heartbeatSeconds, 30)
    assert.equal(config.node.clusterName, 'a # b')
    assert.equal(config.firstStart.password, 'p w#1')
    assert.deepEqual(config.alarms.memory, { kind: 'absolute', bytes: 2e9 })
    assert.equal(config.storage.memoryBudgetBytes, 64 * 1024 * 1024)
    assert.equal(config.amqp.handshakeTimeoutMs, 5000)
    assert.deepEqual(config.log.categories, { connection: 'debug' })
    assert.equal(config.management.pathPrefix, '/rabbit')
  })

  test('listeners are collected, and the default one gives way', () => {
    const { config } = load('listeners.tcp.1 = 127.0.0.1:5673\nlisteners.tcp.2 = [::1]:5674')
    assert.deepEqual(config.amqp.listeners, [
      { host: '127.0.0.1', port: 5673 },
      { host: '::1', port: 5674 },
    ])
    assert.deepEqual(load('listeners.tcp = none').config.amqp.listeners, [])
  })

  test('loopback users', () => {
    assert.deepEqual(load('loopback_users = none').config.firstStart.loopbackUsers, [])
    assert.deepEqual(load('loopback_users.guest = false').config.firstStart.loopbackUsers, [])
    assert.deepEqual(load('loopback_users.bob = true').config.firstStart.loopbackUsers, [
      'guest',
      'bob',
    ])
  })

  test('conf.d follows the main file in alphabetical order', () => {
    const loaded = loadConfig({
      flags: {},
      environment: { RABBITMQ_CONFIG_FILE: '/etc/rabbitmq/rabbitmq' },
      files: filesOf({
        '/etc/rabbitmq/rabbitmq.conf': 'heartbeat = 1\nframe_max = 4096',
        '/etc/rabbitmq/conf.d/20-b.conf': 'heartbeat = 3',
        '/etc/rabbitmq/conf.d/10-a.conf': 'heartbeat = 2',
        '/etc/rabbitmq/conf.d/README': 'not a conf file',
      }),
    })
    assert.equal(loaded.config.amqp.heartbeatSeconds, 3)
    assert.equal(originOf(loaded, 'heartbeat'), '/etc/rabbitmq/conf.d/20-b.conf:1')
    assert.equal(originOf(loaded, 'frame_max'), '/etc/rabbitmq/rabbitmq.conf:2')
  })

  test('RabbitMQ’s own file on the machine is left alone unless a variable points at it', () => {
    const files = filesOf({ '/etc/rabbitmq/rabbitmq.conf': 'heartbeat = 1' })
    assert.equal(loadConfig({ flags: {}, environment: {}, files }).config.amqp.heartbeatSeconds, 60)
  })

  test('an unknown key is a warning that names the nearest key', () => {
    const { warnings } = load('\nhartbeat = 3')
    assert.deepEqual(warnings, [
      {
        level: 'warn',
        message: 'w.conf:2: the key hartbeat is not known: did you mean heartbeat?',
      },
    ])
  })

  test('keys of RabbitMQ without a meaning here are accepted with the reason', () => {
    const { warnings } = load('cluster_formation.peer_discovery_backend = k8s')
    assert.deepEqual(warnings, [
      {
        level: 'info',
        message:
          'w.conf:1: cluster_formation.peer_discovery_backend has no effect: the broker runs on one node',
      },
    ])
  })

  for (const [line, reason] of [
    [
      'heartbeat = soon',
      "w.conf:1: heartbeat: expected a whole number from 0 to 65535, got 'soon'",
    ],
    ['frame_max = 12q', "w.conf:1: frame_max: expected a size such as 64MiB or 2GB, got '12q'"],
    ['listeners.tcp.default = 70000', /^w\.conf:1: listeners\.tcp\.default: expected a whole/],
    ['warren.durability = maybe', /expected one of fsync, write, none, got 'maybe'$/],
    ['vm_memory_high_watermark.relative = 0', /expected a fraction above 0/],
    ['default_pass = $(NOT_SET)', 'w.conf:1: the environment variable NOT_SET is not set'],
    ['default_pass = encrypted:abc', /encrypted values cannot be read/],
    ['collect_statistics_interval = 5', /expected at least 100ms, got '5'$/],
    ['just words', "w.conf:1: expected 'key = value', got 'just words'"],
    ["cluster_name = 'open", "w.conf:1: the value's closing ' is missing"],
  ] as const) {
    test(`${line} stops the start`, () => {
      assert.throws(
        () => load(line),
        (error: unknown) => {
          assert.ok(error instanceof ConfigError)
          if (typeof reason === 'string') assert.equal(error.message, reason)
          else assert.match(error.message, reason)
          return true
        },
      )
    })
  }

  test('a file named by a flag must be there', () => {
    assert.throws(
      () => loadConfig({ flags: { '--config': 'no.conf' }, environment: {}, files: filesOf({}) }),
      ConfigError,
    )
  })
})

describe('environment variables', () => {
  test('win over files, flags win over them, and each value tells where it came from', () => {
    const loaded = load('listeners.tcp.default = 127.0.0.1:1\ndefault_user = a', {
      environment: { RABBITMQ_NODE_PORT: '2', RABBITMQ_DEFAULT_USER: 'b' },
      flags: { '--port': '3' },
    })
    assert.deepEqual(loaded.config.amqp.listeners, [{ host: '127.0.0.1', port: 3 }])
    assert.equal(originOf(loaded, 'listeners.tcp.*'), '--port')
    assert.equal(loaded.config.firstStart.user, 'b')
    assert.equal(originOf(loaded, 'default_user'), 'RABBITMQ_DEFAULT_USER')
  })

  test('effective values are shown as a file would have them', () => {
    const { settings } = load(
      'listeners.tcp.1 = 127.0.0.1:1\nlisteners.tcp.2 = 2\nlog.queue.level = debug',
    )
    const shown = Object.fromEntries(settings.map(({ key, value }) => [key, value]))
    assert.equal(shown['listeners.tcp.*'], '127.0.0.1:1, 2')
    assert.equal(shown['vm_memory_high_watermark.relative'], '0.4')
    assert.equal(shown['disk_free_limit.absolute'], '50000000')
    assert.equal(shown['log.*.level'], 'queue=debug')
    assert.equal(shown.load_definitions, 'none')
  })

  test('address and port go together from wherever they come', () => {
    const { config } = load('', {
      environment: { RABBITMQ_NODE_IP_ADDRESS: '10.0.0.1' },
      flags: { '--port': '0' },
    })
    assert.deepEqual(config.amqp.listeners, [{ host: '10.0.0.1', port: 0 }])
  })

  test('secrets come from files, and are not shown', () => {
    const loaded = load('', {
      environment: { RABBITMQ_DEFAULT_PASS_FILE: '/run/secrets/pass' },
      contents: { '/run/secrets/pass': 's3cret\n' },
    })
    assert.equal(loaded.config.firstStart.password, 's3cret')
    assert.ok(!JSON.stringify(loaded.settings).includes('s3cret'))
    assert.throws(
      () => load('', { environment: { RABBITMQ_DEFAULT_PASS_FILE: '/none' } }),
      /RABBITMQ_DEFAULT_PASS_FILE: cannot read \/none/,
    )
  })

  test('RabbitMQ’s directories are data directories', () => {
    const base = load('', {
      environment: { RABBITMQ_MNESIA_BASE: '/data/', RABBITMQ_NODENAME: 'a@b' },
    })
    assert.equal(base.config.node.dataDirectory, '/data/a@b')
    assert.equal(base.config.node.name, 'a@b')
    const directory = load('', { environment: { RABBITMQ_MNESIA_DIR: '/data/x' } })
    assert.equal(directory.config.node.dataDirectory, '/data/x')
  })

  test('RABBITMQ_LOG sets levels, RABBITMQ_LOGS the target', () => {
    const { log } = load('', {
      environment: { RABBITMQ_LOG: 'warning,connection=debug,+json', RABBITMQ_LOGS: '-' },
    }).config
    assert.equal(log.level, 'warning')
    assert.deepEqual(log.categories, { connection: 'debug' })
    assert.equal(log.format, 'json')
    assert.equal(log.file, null)
    assert.throws(() => load('', { environment: { RABBITMQ_LOG: 'loud' } }), /RABBITMQ_LOG: /)
  })

  test('a slip in a name is told, other programs’ variables are not', () => {
    const { warnings } = load('', {
      environment: {
        WARREN_DATADIR: '/x',
        RABBITMQ_PORT_5672_TCP_PROTO: 'tcp',
        RABBITMQ_ERLANG_COOKIE: 'x',
      },
    })
    assert.deepEqual(
      warnings.map((warning) => warning.message),
      [
        'WARREN_DATADIR is not known: did you mean WARREN_DATA_DIR?',
        'RABBITMQ_ERLANG_COOKIE has no effect: belongs to the Erlang runtime, which is not used here',
      ],
    )
  })
})

describe('the table', () => {
  test('has one default for each field, and finds each row by its key', () => {
    const defaults = new Map<string, number>()
    for (const setting of allSettings) {
      const path = `${setting.section}.${setting.field}`
      defaults.set(path, (defaults.get(path) ?? 0) + (setting.byDefault === undefined ? 0 : 1))
      assert.equal(findSetting(setting.key.replace(/\$\w+/, 'x'))?.setting, setting)
    }
    assert.deepEqual(
      [...defaults].filter(([, count]) => count !== 1),
      [],
    )
  })

  test('is what docs/configuration.md shows', () => {
    const guide = new URL('../../docs/configuration.md', import.meta.url)
    assert.equal(readFileSync(guide, 'utf8'), renderConfigurationGuide())
  })
})
