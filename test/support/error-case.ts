// One error condition as data, and its check: what was given, which method was wrong, and then the
// exact code, text, ids and blast radius. A channel error must leave the connection's other
// channels alive; a connection error must come on channel 0 and end with the socket.
import assert from 'node:assert/strict'
import type { Target } from './broker-under-test.ts'
import { type ConnectOptions, RawClient, type Said } from './raw-client.ts'
import type { Values } from './raw-codec.ts'
import { methodNamed } from './raw-methods.ts'

export interface Step {
  readonly name: string
  readonly values: Values
  readonly properties?: Values
  readonly body?: string
  /** Frames as they are, in place of a method. */
  readonly frames?: readonly (readonly [type: number, payload: string | number[], end?: number])[]
  /** Sent by a second connection, which the case's connection does not see. */
  readonly other?: boolean
  readonly channel?: number
}

export interface ErrorCase {
  readonly title: string
  readonly login?: ConnectOptions
  readonly given?: readonly Step[]
  readonly when: Step
  readonly closes: 'channel' | 'connection'
  readonly code: number
  readonly text: string
  /** The ids in the close method, where they are not those of the method that was wrong. */
  readonly ids?: string
}

/** Where a target does not do what the case says. `dropped`: the socket closes without a word. */
export interface Difference {
  readonly why: string
  readonly outcome:
    | 'dropped'
    | 'nothing'
    | Partial<Pick<ErrorCase, 'closes' | 'code' | 'text' | 'ids'>>
}

export const call = (name: string, values: Values = {}, channel = 1): Step => ({
  name,
  values,
  channel,
})
export const other = (name: string, values: Values = {}): Step => ({ name, values, other: true })
export const publish = (values: Values, properties: Values = {}, body = 'body'): Step => ({
  name: 'basic.publish',
  values,
  properties,
  body,
})
export const frames = (...list: NonNullable<Step['frames']>): Step => ({
  name: '',
  values: {},
  frames: list,
})

export async function checkErrorCase(
  target: Target,
  errorCase: ErrorCase,
  difference?: Difference,
): Promise<void> {
  const client = await RawClient.channel(target.url, errorCase.login)
  await answered(client, 2, 'channel.open')
  const needsOther = [...(errorCase.given ?? []), errorCase.when].some((step) => step.other)
  const second = needsOther ? await RawClient.channel(target.url) : undefined
  try {
    for (const step of errorCase.given ?? []) await take(step.other ? second : client, step)
    send(client, errorCase.when)
    const outcome = difference?.outcome
    if (outcome === 'nothing') {
      await client.settle(2)
      return
    }
    const said = await nextError(client)
    if (outcome === 'dropped') assert.equal(said.name, 'socket.closed')
    else await checkClose(client, { ...errorCase, ...outcome }, said)
  } finally {
    client.destroy()
    second?.destroy()
    await cleanUp(target, [...(errorCase.given ?? []), errorCase.when])
  }
}

async function checkClose(client: RawClient, expected: ErrorCase, said: Said): Promise<void> {
  const channel = expected.when.channel ?? 1
  assert.deepEqual(
    { on: said.channel, method: said.name, ...said.args },
    {
      on: expected.closes === 'channel' ? channel : 0,
      method: `${expected.closes}.close`,
      replyCode: expected.code,
      replyText: expected.text,
      ...idsOf(expected),
    },
  )
  if (expected.closes === 'connection') {
    client.send(0, 'connection.close-ok')
    assert.equal((await client.next()).name, 'socket.closed')
    return
  }
  client.send(channel, 'channel.close-ok')
  assert.deepEqual(await client.settle(2), [], 'the other channel lives')
  await answered(client, channel, 'channel.open')
}

function idsOf(expected: ErrorCase): { classId: number; methodId: number } {
  if (expected.ids !== undefined) {
    const [classId = 0, methodId = 0] = expected.ids.split('/').map(Number)
    return { classId, methodId }
  }
  const { classId, methodId } = methodNamed(expected.when.name)
  return { classId, methodId }
}

const oneWay = ['basic.publish', 'basic.ack', 'basic.nack', 'basic.reject', 'channel.close-ok']

async function take(client: RawClient | undefined, step: Step): Promise<void> {
  if (client === undefined) throw new Error('there is no second connection')
  if (step.frames !== undefined || oneWay.includes(step.name)) send(client, step)
  else await answered(client, step.channel ?? 1, step.name, step.values)
}

function send(client: RawClient, step: Step): void {
  const channel = step.channel ?? 1
  if (step.frames !== undefined) {
    for (const [type, payload, end] of step.frames)
      client.sendFrame(type, channel, Buffer.from(payload as string), end)
  } else if (step.body !== undefined) {
    client.publish(channel, step.values, step.body, step.properties)
  } else client.send(channel, step.name, step.values)
}

async function answered(
  client: RawClient,
  channel: number,
  name: string,
  values: Values = {},
): Promise<void> {
  const said = await client.call(channel, name, values)
  const wanted = name === 'basic.get' ? /^basic\.get-(ok|empty)$/ : new RegExp(`^${name}-ok$`)
  assert.match(said.name, wanted, `${name} was answered ${JSON.stringify(said.args)}`)
}

/** Deliveries and returns on the way are not what a case is about. */
async function nextError(client: RawClient): Promise<Said> {
  for (;;) {
    const said = await client.next()
    if (!said.name.startsWith('basic.')) return said
  }
}

/** A case is to leave nothing to the next one. */
async function cleanUp(target: Target, steps: readonly Step[]): Promise<void> {
  const client = await RawClient.channel(target.url)
  for (const { name, values } of steps) {
    if (name === 'queue.declare' && values.queue !== '' && values.exclusive !== true)
      client.send(1, 'queue.delete', { queue: values.queue, noWait: true })
    if (name === 'exchange.declare' && !/^$|^amq[.]/.test(String(values.exchange)))
      client.send(1, 'exchange.delete', { exchange: values.exchange, noWait: true })
  }
  await client.settle()
  await client.close()
}
