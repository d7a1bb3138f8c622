// A broker that is none: it answers the set-up calls, forgets what is published and sends the same
// ready-made deliveries for ever. Against it the generator shows its own ceiling.
import { createServer, type Server, type Socket } from 'node:net'
import { ByteWriter } from './byte-writer.ts'
import { type FrameHandler, FrameScanner } from './frame-scanner.ts'
import { appendBody, headerFrame, methodFrame } from './frames.ts'
import { METHOD } from './methods.ts'

const FRAME_MAX = 131_072
const DELIVERIES_BYTES = 65_536

const ANSWERS: ReadonlyMap<number, number> = new Map([
  [METHOD.connectionClose, METHOD.connectionCloseOk],
  [METHOD.channelClose, METHOD.channelCloseOk],
  [METHOD.exchangeDelete, METHOD.exchangeDeleteOk],
  [METHOD.exchangeDeclare, METHOD.exchangeDeclareOk],
  [METHOD.queueBind, METHOD.queueBindOk],
  [METHOD.queueUnbind, METHOD.queueUnbindOk],
  [METHOD.basicQos, METHOD.basicQosOk],
  [METHOD.confirmSelect, METHOD.confirmSelectOk],
])
const CLOSE_START = methodFrame(0, METHOD.connectionClose).subarray(0, 3)
const CLOSE_METHOD = Buffer.from([0, 10, 0, 50])

export function startNullBroker(
  size: number,
): Promise<{ readonly server: Server; readonly port: number }> {
  const deliveries = manyDeliveries(size)
  const server = createServer((socket) => {
    new NullConnection(socket, deliveries)
  })
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve({ server, port: typeof address === 'object' && address !== null ? address.port : 0 })
    })
  })
}

function manyDeliveries(size: number): Buffer {
  const one = new ByteWriter()
  one.append(
    methodFrame(1, METHOD.basicDeliver, (writer) =>
      writer.shortString('0').u64(1).u8(0).shortString('').shortString('warren-perf'),
    ),
  )
  one.append(headerFrame(1, size, {}))
  appendBody(one, 1, { size, frameMax: FRAME_MAX })
  const bytes = one.finish()
  const count = Math.max(1, Math.floor(DELIVERIES_BYTES / bytes.length))
  return Buffer.alloc(bytes.length * count, bytes)
}

class NullConnection implements FrameHandler {
  readonly #socket: Socket
  readonly #deliveries: Buffer
  readonly #scanner = new FrameScanner(this)
  #isGreeted = false
  #isSink = false

  constructor(socket: Socket, deliveries: Buffer) {
    this.#socket = socket
    this.#deliveries = deliveries
    socket.setNoDelay(true)
    socket.on('error', () => socket.destroy())
    socket.on('data', (chunk: Buffer) => this.#onData(chunk))
  }

  #onData(chunk: Buffer): void {
    if (this.#isSink) {
      this.#watchForClose(chunk)
      return
    }
    let bytes = chunk
    if (!this.#isGreeted) {
      this.#isGreeted = true
      bytes = chunk.subarray(8)
      this.#socket.write(
        methodFrame(0, METHOD.connectionStart, (writer) =>
          writer.u8(0).u8(9).table({}).longString('PLAIN').longString('en_US'),
        ),
      )
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#scanner.feed(bytes, view, bytes.length)
  }

  /** Publishes are not parsed any more; only a close at the very end of what came is looked for. */
  #watchForClose(chunk: Buffer): void {
    const tail = chunk.subarray(-32)
    const at = tail.indexOf(CLOSE_METHOD)
    if (at >= 7 && tail.indexOf(CLOSE_START) === at - 7) {
      this.#socket.end(methodFrame(0, METHOD.connectionCloseOk))
    }
  }

  onMethod(channel: number, method: number, at: number): void {
    const answer = ANSWERS.get(method)
    if (answer !== undefined) this.#socket.write(methodFrame(channel, answer))
    else if (method === METHOD.connectionStartOk) this.#tune()
    else if (method === METHOD.connectionOpen) this.#short(channel, METHOD.connectionOpenOk)
    else if (method === METHOD.channelOpen) {
      this.#socket.write(methodFrame(channel, METHOD.channelOpenOk, (writer) => writer.u32(0)))
    } else if (method === METHOD.queueDeclare) this.#declareOk(channel, at)
    else if (method === METHOD.queueDelete) {
      this.#socket.write(methodFrame(channel, METHOD.queueDeleteOk, (writer) => writer.u32(0)))
    } else if (method === METHOD.basicConsume) {
      this.#short(channel, METHOD.basicConsumeOk)
      this.#deliver()
    } else if (method === METHOD.basicPublish) this.#isSink = true
  }

  onHeader(): void {}

  onBody(): void {}

  #tune(): void {
    this.#socket.write(
      methodFrame(0, METHOD.connectionTune, (writer) => writer.u16(2047).u32(FRAME_MAX).u16(0)),
    )
  }

  #short(channel: number, method: number): void {
    this.#socket.write(methodFrame(channel, method, (writer) => writer.shortString('')))
  }

  #declareOk(channel: number, at: number): void {
    const { bytes } = this.#scanner
    const length = bytes[at + 2] as number
    const name = Buffer.from(bytes.subarray(at + 3, at + 3 + length)).toString()
    this.#socket.write(
      methodFrame(channel, METHOD.queueDeclareOk, (writer) =>
        writer.shortString(name).u32(0).u32(0),
      ),
    )
  }

  #deliver(): void {
    if (this.#socket.destroyed) return
    while (!this.#socket.writableNeedDrain) this.#socket.write(this.#deliveries)
    this.#socket.once('drain', () => this.#deliver())
  }
}
