// Settings of distributed traces: OpenTelemetry's standard environment variables, each with a key.

import { SamplerNames } from '../config.ts'
import type { Setting } from '../setting.ts'
import { joinedSection, section } from '../setting.ts'
import type { ValueType } from '../value-types.ts'
import { boolean, duration, integer, oneOf, text } from '../value-types.ts'

const telemetry = section('telemetry')
const joined = joinedSection('telemetry')

const url: ValueType<string> = {
  name: 'URL',
  parse(given) {
    const scheme = URL.canParse(given) ? new URL(given).protocol : ''
    if (scheme === 'http:' || scheme === 'https:') return given
    throw new RangeError(`expected a URL such as http://localhost:4318, got '${given}'`)
  },
}

const ratio: ValueType<number> = {
  name: 'fraction from 0 to 1',
  parse(given) {
    const value = /^\d*\.?\d+$/.test(given) ? Number(given) : Number.NaN
    if (value >= 0 && value <= 1) return value
    throw new RangeError(`expected a fraction from 0 to 1, got '${given}'`)
  },
}

/** `key=value,key=value`, percent-encoded [OpenTelemetry: environment variables]. */
const pairs: ValueType<Readonly<Record<string, string>>> = {
  name: 'name=value, separated by commas',
  parse(given) {
    const entries = given.split(',').filter((item) => item.trim() !== '')
    return Object.fromEntries(entries.map(parsePair))
  },
}

function parsePair(item: string): [string, string] {
  const at = item.indexOf('=')
  const name = item.slice(0, at).trim()
  if (at < 1 || name === '') throw new RangeError(`expected name=value, got '${item.trim()}'`)
  try {
    return [decodeURIComponent(name), decodeURIComponent(item.slice(at + 1).trim())]
  } catch (error) {
    throw new RangeError(`expected percent-encoded text, got '${item.trim()}'`, { cause: error })
  }
}

/** Collectors take both encodings of OTLP/HTTP at one address; what they are sent is JSON. */
const protocol: ValueType<'http/json'> = {
  name: 'http/json, http/protobuf',
  parse(given) {
    const known = oneOf('http/json', 'http/protobuf', 'grpc').parse(given)
    if (known !== 'grpc') return 'http/json'
    throw new RangeError('expected http/json (port 4318 of a collector), grpc is not spoken')
  },
}

export const telemetrySettings: readonly Setting[] = [
  joined('url', {
    key: 'otel.exporter.otlp.endpoint',
    type: url,
    byDefault: null,
    defaultText: 'none: no traces',
    environment: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    join: ({ value }) => `${value.replace(/\/+$/, '')}/v1/traces`,
    documentation:
      'The OpenTelemetry collector that traces of messages go to, such as `http://localhost:4318`.',
  }),
  telemetry('url', {
    key: 'otel.exporter.otlp.traces.endpoint',
    type: url,
    environment: 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
    documentation: 'The same with the whole path, such as `http://localhost:4318/v1/traces`.',
  }),
  telemetry('protocol', {
    key: 'otel.exporter.otlp.protocol',
    type: protocol,
    byDefault: 'http/json',
    environment: 'OTEL_EXPORTER_OTLP_PROTOCOL',
    documentation:
      'Traces are sent as JSON; collectors take it wherever they take `http/protobuf`.',
  }),
  telemetry('headers', {
    key: 'otel.exporter.otlp.headers',
    type: pairs,
    byDefault: {},
    defaultText: 'none',
    environment: 'OTEL_EXPORTER_OTLP_HEADERS',
    secret: true,
    documentation: 'Headers for the collector, such as `authorization=Bearer%20…`.',
  }),
  telemetry('timeoutMs', {
    key: 'otel.exporter.otlp.timeout',
    type: duration(1, 1),
    byDefault: 10000,
    environment: 'OTEL_EXPORTER_OTLP_TIMEOUT',
    documentation: 'How long the collector may take for one batch.',
  }),
  telemetry('exporter', {
    key: 'otel.traces.exporter',
    type: oneOf('otlp', 'none'),
    byDefault: 'otlp',
    environment: 'OTEL_TRACES_EXPORTER',
    documentation: '`none` switches traces off.',
  }),
  telemetry('disabled', {
    key: 'otel.sdk.disabled',
    type: boolean,
    byDefault: false,
    environment: 'OTEL_SDK_DISABLED',
    documentation: 'Switches traces off as well.',
  }),
  telemetry('sampler', {
    key: 'otel.traces.sampler',
    type: oneOf(...SamplerNames),
    byDefault: 'parentbased_always_off',
    environment: 'OTEL_TRACES_SAMPLER',
    documentation:
      'Which messages are traced. With the default, those whose publisher traces them (`traceparent` with the flag sampled). `parentbased_traceidratio` begins traces for a part of the others too; such a message gets a header `traceparent`.',
  }),
  telemetry('ratio', {
    key: 'otel.traces.sampler_arg',
    type: ratio,
    byDefault: 1,
    environment: 'OTEL_TRACES_SAMPLER_ARG',
    documentation: 'The part of traces that a `traceidratio` sampler takes.',
  }),
  telemetry('queueMax', {
    key: 'otel.bsp.max_queue_size',
    type: integer(1, 1_000_000),
    byDefault: 2048,
    environment: 'OTEL_BSP_MAX_QUEUE_SIZE',
    documentation:
      'How many spans may wait for the collector, about 1 kB each; more are dropped and counted.',
  }),
  telemetry('batchMax', {
    key: 'otel.bsp.max_export_batch_size',
    type: integer(1, 10_000),
    byDefault: 512,
    environment: 'OTEL_BSP_MAX_EXPORT_BATCH_SIZE',
    documentation: 'How many spans are sent at once.',
  }),
  telemetry('intervalMs', {
    key: 'otel.bsp.schedule_delay',
    type: duration(1, 1),
    byDefault: 5000,
    environment: 'OTEL_BSP_SCHEDULE_DELAY',
    documentation: 'How long a span waits at most for others to be sent with.',
  }),
  telemetry('serviceName', {
    key: 'otel.service.name',
    type: text,
    byDefault: 'warren',
    environment: 'OTEL_SERVICE_NAME',
    documentation: 'What traces call the broker.',
  }),
  telemetry('resource', {
    key: 'otel.resource.attributes',
    type: pairs,
    byDefault: {},
    defaultText: 'none',
    environment: 'OTEL_RESOURCE_ATTRIBUTES',
    documentation: 'What else to tell of the broker, such as `deployment.environment.name=test`.',
  }),
]
