// Conditions that end the connection: what the protocol forbids, what RabbitMQ does not implement,
// and malformed frames. The texts are RabbitMQ's.
// [RabbitMQ: rabbit_reader.erl, rabbit_channel.erl, rabbit_command_assembler.erl]
import { call, type ErrorCase, frames, publish } from '../support/error-case.ts'
import { FrameType } from '../support/raw-client.ts'

const connection = (
  title: string,
  code: number,
  text: string,
  steps: Pick<ErrorCase, 'given' | 'when' | 'ids' | 'login'>,
): ErrorCase => ({ title, code, text, closes: 'connection', ...steps })

const notAllowed: readonly ErrorCase[] = [
  connection('consumer tag in use', 530, "NOT_ALLOWED - attempt to reuse consumer tag 'ct'", {
    given: [
      call('queue.declare', { queue: 'q' }),
      call('basic.consume', { queue: 'q', consumerTag: 'ct' }),
    ],
    when: call('basic.consume', { queue: 'q', consumerTag: 'ct' }),
  }),
  connection('publish with immediate', 540, 'NOT_IMPLEMENTED - immediate=true', {
    when: publish({ routingKey: 'q', immediate: true }),
  }),
  connection('prefetch in octets', 540, 'NOT_IMPLEMENTED - prefetch_size!=0 (10)', {
    when: call('basic.qos', { prefetchSize: 10 }),
  }),
  ...['basic.recover', 'basic.recover-async'].map((name) =>
    connection(`${name} without requeue`, 540, 'NOT_IMPLEMENTED - requeue=false', {
      when: call(name, { requeue: false }),
    }),
  ),
  connection('channel.flow with active false', 540, 'NOT_IMPLEMENTED - active=false', {
    when: call('channel.flow', { active: false }),
  }),
  connection(
    'more channels than negotiated',
    530,
    'NOT_ALLOWED - number of channels opened (2) has reached the negotiated channel_max (2)',
    { login: { tune: { channelMax: 2 } }, when: call('channel.open', {}, 3), ids: '0/0' },
  ),
]

const channelState: readonly ErrorCase[] = [
  connection('channel opened twice', 504, "CHANNEL_ERROR - second 'channel.open' seen", {
    when: call('channel.open'),
  }),
  ...['queue.declare', 'basic.qos', 'channel.close', 'channel.close-ok'].map((name) =>
    connection(
      `${name} on a channel that is not open`,
      504,
      "CHANNEL_ERROR - expected 'channel.open'",
      {
        when: call(name, {}, 7),
      },
    ),
  ),
  connection('use of a channel after its close', 504, "CHANNEL_ERROR - expected 'channel.open'", {
    given: [call('channel.close')],
    when: call('queue.declare', { queue: 'q' }),
  }),
  ...['queue.declare', 'connection.start-ok', 'connection.tune-ok', 'connection.open'].map((name) =>
    connection(
      `${name} on channel 0 of an open connection`,
      504,
      'CHANNEL_ERROR - unexpected method in connection state running',
      { when: call(name, {}, 0) },
    ),
  ),
  connection('a method that only servers send', 503, 'COMMAND_INVALID - unimplemented method', {
    when: call('basic.get-empty'),
  }),
]

/** A content header of class, body size and property flags. */
const header = (classId: number, bodySize: number, ...properties: number[]): [number, number[]] => [
  FrameType.header,
  [
    0,
    classId,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    bodySize,
    ...(properties.length > 0 ? properties : [0, 0]),
  ],
]
const publishing = { given: [call('queue.declare', { queue: 'q' })] } as const
const publishMethod: [number, number[]] = [FrameType.method, [0, 60, 0, 40, 0, 0, 0, 1, 0x71, 0]]

const contentFrames: readonly ErrorCase[] = [
  connection(
    'content header without a publish',
    505,
    'UNEXPECTED_FRAME - expected method frame, got non method frame instead',
    { when: frames(header(60, 0)), ids: '0/0' },
  ),
  connection(
    'content body without a publish',
    505,
    'UNEXPECTED_FRAME - expected method frame, got non method frame instead',
    { when: frames([FrameType.body, 'abc']), ids: '0/0' },
  ),
  connection(
    'method in place of a content header',
    505,
    'UNEXPECTED_FRAME - expected content header for class 60, got non content header frame instead',
    { ...publishing, when: frames(publishMethod, publishMethod), ids: '60/40' },
  ),
  connection(
    'content header of another class',
    505,
    'UNEXPECTED_FRAME - expected content header for class 60, got one for class 50 instead',
    { ...publishing, when: frames(publishMethod, header(50, 0)), ids: '60/40' },
  ),
  connection(
    'method in place of a content body',
    505,
    'UNEXPECTED_FRAME - expected content body, got non content body frame instead',
    { ...publishing, when: frames(publishMethod, header(60, 3), publishMethod), ids: '60/40' },
  ),
  connection(
    'content header in place of a content body',
    505,
    'UNEXPECTED_FRAME - expected content body, got non content body frame instead',
    { ...publishing, when: frames(publishMethod, header(60, 3), header(60, 3)), ids: '60/40' },
  ),
  connection(
    'more body than announced',
    501,
    'FRAME_ERROR - content body frame exceeds remaining content size',
    {
      ...publishing,
      when: frames(publishMethod, header(60, 3), [FrameType.body, 'abcd']),
      ids: '60/40',
    },
  ),
]

const frameErrors: readonly ErrorCase[] = [
  connection('heartbeat on a channel', 505, 'UNEXPECTED_FRAME - type 8, all octets = <<>>', {
    when: frames([FrameType.heartbeat, '']),
    ids: '0/0',
  }),
  connection(
    'method frame without a method',
    501,
    'FRAME_ERROR - type 1, all octets = <<>>: unknown_frame',
    { when: frames([FrameType.method, '']), ids: '0/0' },
  ),
  connection(
    'frame of an unknown type',
    501,
    'FRAME_ERROR - type 4, all octets = <<1,2>>: unknown_frame',
    { when: frames([4, [1, 2]]), ids: '0/0' },
  ),
  connection(
    'frame with a wrong end',
    501,
    'FRAME_ERROR - type 8, all octets = <<>>: {invalid_frame_end_marker,65}',
    { when: { ...frames([FrameType.heartbeat, '', 65]), channel: 0 }, ids: '0/0' },
  ),
  connection(
    'frame of octets that are no text with a wrong end',
    501,
    'FRAME_ERROR - type 3, all octets = <<0,1,200>>: {invalid_frame_end_marker,65}',
    { when: frames([FrameType.body, [0, 1, 200], 65]), ids: '0/0' },
  ),
  connection(
    'frame above frame_max',
    501,
    'FRAME_ERROR - type 3, all octets = <<>>: {frame_too_large,140000,131064}',
    { when: frames([FrameType.body, 'x'.repeat(140_000)]), ids: '0/0' },
  ),
  connection('method with truncated arguments', 501, 'FRAME_ERROR - cannot decode <<0,0,5,97>>', {
    when: frames([FrameType.method, [0, 50, 0, 10, 0, 0, 5, 97]]),
    ids: '50/10',
  }),
  connection(
    'method with octets left over',
    501,
    'FRAME_ERROR - cannot decode <<0,0,0,0,0,1,0,77,77>>',
    {
      when: frames([FrameType.method, [0, 60, 0, 10, 0, 0, 0, 0, 0, 1, 0, 77, 77]]),
      ids: '60/10',
    },
  ),
]

/** Grouped as docs/compatibility.md lists them. */
export const connectionErrors: Readonly<Record<string, readonly ErrorCase[]>> = {
  'not allowed and not implemented': notAllowed,
  'channel state': channelState,
  'content frames': contentFrames,
  'malformed frames': frameErrors,
}
