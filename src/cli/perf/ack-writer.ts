// Acknowledgements from prefilled memory: only the tag is written, and all that one read of the
// socket calls for leave in one write.
import { methodFrame } from './wire/frames.ts'
import { METHOD } from './wire/methods.ts'

const FRAME_BYTES = 21
const FRAMES = 2048
const TAG_AT = 11
const MULTIPLE_AT = 19

type Memory = { readonly bytes: Buffer; readonly view: DataView }
type Write = (bytes: Uint8Array, done: () => void) => void

export class AckWriter {
  readonly #write: Write
  readonly #channel: number
  readonly #free: Memory[] = []
  #memory: Memory
  #count = 0

  constructor(channel: number, write: Write) {
    this.#channel = channel
    this.#write = write
    this.#memory = this.#allocate()
  }

  #allocate(): Memory {
    const frame = methodFrame(this.#channel, METHOD.basicAck, (writer) => writer.u64(0).u8(0))
    const bytes = Buffer.alloc(FRAME_BYTES * FRAMES, frame)
    return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength) }
  }

  add(tag: number, multiple: boolean): void {
    const at = this.#count * FRAME_BYTES
    const { view } = this.#memory
    view.setUint32(at + TAG_AT, Math.floor(tag / 2 ** 32))
    view.setUint32(at + TAG_AT + 4, tag >>> 0)
    view.setUint8(at + MULTIPLE_AT, multiple ? 1 : 0)
    this.#count += 1
    if (this.#count === FRAMES) this.flush()
  }

  flush(): void {
    if (this.#count === 0) return
    const memory = this.#memory
    const bytes = memory.bytes.subarray(0, this.#count * FRAME_BYTES)
    this.#count = 0
    this.#memory = this.#free.pop() ?? this.#allocate()
    this.#write(bytes, () => {
      this.#free.push(memory)
    })
  }
}
