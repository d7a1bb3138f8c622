// Settings of the node as a whole: its name, its data, its limits and when it raises alarms.

import type { Setting } from '../setting.ts'
import { joinedSection, section } from '../setting.ts'
import { absoluteWatermark, bytes, oneOf, relativeWatermark, text } from '../value-types.ts'

const node = section('node')
const storage = section('storage')
const alarms = section('alarms')
const alarmsJoined = joinedSection('alarms')

const systemDataDirectory = '/var/lib/warren'
const megabyte = 1e6
const mebibyte = 2 ** 20

/** Beyond this more memory brings nothing that the page cache does not bring as well. */
function defaultMemoryBudget(memoryBytes: number): number {
  return Math.min(16 * mebibyte, Math.max(8 * mebibyte, Math.floor(memoryBytes / 256)))
}

export const nodeSettings: readonly Setting[] = [
  node('dataDirectory', {
    key: 'warren.data_dir',
    type: text,
    byDefault: ({ isWritableDirectory }) =>
      isWritableDirectory(systemDataDirectory) ? systemDataDirectory : '.warren',
    defaultText: `${systemDataDirectory} where it is writable, otherwise .warren`,
    environment: 'WARREN_DATA_DIR',
    flag: '--data-dir',
    documentation:
      'Where everything is kept that outlives the process. `RABBITMQ_MNESIA_DIR` means the same, `RABBITMQ_MNESIA_BASE` a directory with one for each node name in it.',
  }),
  node('name', {
    key: 'warren.node_name',
    type: text,
    byDefault: ({ hostname }) => `rabbit@${hostname.split('.')[0]}`,
    defaultText: 'rabbit@ and the host’s name',
    environment: 'RABBITMQ_NODENAME',
    documentation: 'What the node is called in the HTTP API. Data does not depend on it.',
  }),
  node('clusterName', {
    key: 'cluster_name',
    type: text,
    byDefault: '',
    defaultText: 'the node’s name',
    documentation: 'What clients and the management page are told the cluster’s name is.',
  }),
  node('product', {
    key: 'warren.product',
    type: text,
    byDefault: 'RabbitMQ',
    documentation:
      'The `product` of the server properties. Clients such as kombu (Celery) choose their behaviour by it.',
  }),
  node('version', {
    key: 'warren.version',
    type: text,
    byDefault: '3.13.7',
    documentation:
      'The `version` of the server properties and of the HTTP API: the RabbitMQ version that clients should take the broker for.',
  }),
  node('definitionsFile', {
    key: 'load_definitions',
    type: text,
    byDefault: null,
    defaultText: 'none',
    documentation:
      'A definitions file (or a directory of them) that is imported at every start, before clients are let in.',
  }),
  node('definitionsFile', {
    key: 'management.load_definitions',
    type: text,
    documentation: 'Another name of `load_definitions`.',
  }),
  node('definitionsFile', {
    key: 'definitions.local.path',
    type: text,
    documentation: 'Another name of `load_definitions`.',
  }),
  storage('durability', {
    key: 'warren.durability',
    type: oneOf('fsync', 'write', 'none'),
    byDefault: 'fsync',
    environment: 'WARREN_DURABILITY',
    documentation:
      'When a persistent message is confirmed: `fsync` once it is on the disk, `write` once the operating system has it (survives a crash of the broker, not of the machine), `none` at once, and nothing is kept.',
  }),
  storage('memoryBudgetBytes', {
    key: 'warren.memory_budget',
    type: bytes,
    byDefault: ({ memoryBytes }) => defaultMemoryBudget(memoryBytes),
    defaultText: 'a 256th of the machine’s memory, between 8MiB and 16MiB',
    environment: 'WARREN_MEMORY_BUDGET',
    documentation:
      'How much memory waiting messages may take before they wait on disk; the page cache keeps what is read soon.',
  }),
  alarms('memory', {
    key: 'vm_memory_high_watermark.relative',
    type: relativeWatermark(10),
    byDefault: { kind: 'relative', fraction: 0.4 },
    defaultText: '0.4',
    reloadable: true,
    documentation:
      'Publishers are blocked while the process holds more than this part of the machine’s (or container’s) memory.',
  }),
  alarms('memory', {
    key: 'vm_memory_high_watermark.absolute',
    type: absoluteWatermark,
    reloadable: true,
    documentation: 'The same limit in bytes.',
  }),
  alarms('memory', {
    key: 'vm_memory_high_watermark',
    type: relativeWatermark(10),
    reloadable: true,
    documentation: 'Another name of `vm_memory_high_watermark.relative`.',
  }),
  alarmsJoined('totalMemoryBytes', {
    key: 'total_memory_available_override_value',
    type: bytes,
    byDefault: null,
    defaultText: 'what the machine has',
    join: ({ value }) => value,
    documentation: 'The memory that the relative limit is a part of.',
  }),
  alarms('disk', {
    key: 'disk_free_limit.absolute',
    type: absoluteWatermark,
    byDefault: { kind: 'absolute', bytes: 50 * megabyte },
    defaultText: '50MB',
    reloadable: true,
    documentation:
      'Publishers are blocked while the data directory’s disk has less free than this.',
  }),
  alarms('disk', {
    key: 'disk_free_limit.relative',
    type: relativeWatermark(100),
    reloadable: true,
    documentation: 'The same limit as a multiple of the machine’s memory.',
  }),
]
