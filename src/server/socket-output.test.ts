import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import { BrokerCounters } from '../broker/counters.ts'
import { LongBody } from '../protocol/amqp/long-body.ts'
import { OutputChunks } from './output-memory.ts'
import { SocketOutput } from './socket-output.ts'

const megabyte = 1 << 20

/** Takes what it is told to take, and says so as Node's sockets do. */
class SlowSocket extends EventEmitter {
  destroyed = false
  writableLength = 0

  write(bytes: Uint8Array): boolean {
    this.writableLength += bytes.length
    return false
  }

  cork(): void {}
  uncork(): void {}

  drain(): void {
    this.writableLength = 0
    this.emit('drain')
  }
}

function newOutput(chunks = new OutputChunks()) {
  const socket = new SlowSocket()
  let resumed = 0
  const resume = (): void => {
    resumed += 1
  }
  const output = new SocketOutput(socket as unknown as Socket, chunks, new BrokerCounters(), resume)
  output.writer.frameMax = 0
  return { socket, output, chunks, resumed: () => resumed }
}

/** A delivery of one long body, and whether its memory has been given back. */
function send(output: SocketOutput, bytes: number) {
  const given: ArrayBuffer[] = []
  const block = new ArrayBuffer(bytes)
  const long = new LongBody()
  long.pieces.push(new Uint8Array(block))
  long.addBlock(block, { giveBack: (returned) => given.push(returned) })
  const header = { header: Buffer.alloc(14), headerStart: 0, headerEnd: 14 }
  const body = { body: Buffer.alloc(0), bodyStart: 0, bodyEnd: bytes, long }
  const ok = { deliveryTag: 1, redelivered: false, target: Buffer.alloc(2), messageCount: 0 }
  output.writer.getOk(1, ok, { ...header, ...body })
  long.done()
  return { given }
}

test('a client may have a few MB waiting, no more', () => {
  const { output, socket, resumed } = newOutput()
  for (let sent = 0; sent < 4; sent += 1) {
    assert.equal(output.writable, true)
    send(output, megabyte)
    output.flush()
  }
  assert.equal(output.writable, false)
  assert.equal(resumed(), 0)
  socket.drain()
  assert.equal(resumed(), 1)
  assert.equal(output.writable, true)
})

test('where much waits for all clients together, each has 1 MB at most', () => {
  const chunks = new OutputChunks()
  const outputs = Array.from({ length: 40 }, () => newOutput(chunks))
  for (const { output } of outputs) {
    while (output.writable) {
      send(output, megabyte / 2)
      output.flush()
    }
  }
  const lengths = outputs.map(({ socket }) => socket.writableLength)
  const total = lengths.reduce((sum, length) => sum + length)
  assert.equal(chunks.waitingBytes, total)
  assert.ok(total < 40 * megabyte * 1.1 + 64 * megabyte, `${total} bytes wait`)
  assert.ok(Math.min(...lengths) < 1.1 * megabyte && Math.max(...lengths) > 4 * megabyte)
  for (const { output } of outputs.slice(0, 20)) output.close()
  for (const { socket } of outputs.slice(20)) socket.drain()
  assert.equal(chunks.waitingBytes, 0)
})

test('a long body is given back when it has been written, also by a socket that is never idle', () => {
  const { output, socket } = newOutput()
  const first = send(output, megabyte)
  output.flush()
  assert.equal(first.given.length, 0)
  const second = send(output, megabyte)
  socket.drain()
  assert.equal(first.given.length, 1)
  assert.equal(second.given.length, 0, 'the socket has not been given it')
  output.flush()
  socket.drain()
  assert.equal(second.given.length, 1)
})
