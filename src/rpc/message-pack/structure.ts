// Walks the structure of MessagePack bytes without making a value of them. The library believes the
// counts it reads, so that a few bytes could make it allocate gigabytes; here every count is held
// against the bytes that are left, and the depth against a limit, before the library sees them.
//
//   0x00-7f int  80-8f map  90-9f array  a0-bf str  c0 nil  c1 never  c2/c3 bool  c4-c6 bin
//   c7-c9 ext  ca/cb float  cc-cf uint  d0-d3 int  d4-d8 fixext  d9-db str  dc/dd array  de/df map

export class MessagePackError extends Error {
  override readonly name = 'MessagePackError'
}

export interface Structure {
  /** Whether 64-bit integers occur, which need care to become numbers or bigints. */
  readonly hasInt64: boolean
}

/** Bytes after the type byte of a fixed-size value, from 0xca to 0xd8. */
const fixedBytes = [4, 8, 1, 2, 4, 8, 1, 2, 4, 8, 2, 3, 5, 9, 17] as const

const truncated = (): MessagePackError => new MessagePackError('the bytes end too early')

class Walker {
  readonly #bytes: Buffer
  at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  /** A length or count of 1, 2 or 4 bytes. */
  read(size: number): number {
    if (this.at + size > this.#bytes.length) throw truncated()
    const value = this.#bytes.readUIntBE(this.at, size)
    this.at += size
    return value
  }

  skip(count: number): void {
    this.at += count
    if (this.at > this.#bytes.length) throw truncated()
  }

  /** Steps over one value, or over the head of an array or map: then how many values follow. */
  step(): number {
    const type = this.#bytes[this.at] as number
    this.at += 1
    if (type < 0x80 || type >= 0xe0) return 0
    if (type < 0x90) return 2 * (type & 0x0f)
    if (type < 0xa0) return type & 0x0f
    if (type < 0xc0) {
      this.skip(type & 0x1f)
      return 0
    }
    return this.#stepTagged(type)
  }

  #stepTagged(type: number): number {
    if (type === 0xc1) throw new MessagePackError('0xc1 is no type')
    if (type <= 0xc3) return 0
    if (type <= 0xc6) this.skip(this.read(2 ** (type - 0xc4)))
    else if (type <= 0xc9) this.skip(this.read(2 ** (type - 0xc7)) + 1)
    else if (type <= 0xd8) this.skip(fixedBytes[type - 0xca] as number)
    else if (type <= 0xdb) this.skip(this.read(2 ** (type - 0xd9)))
    else if (type <= 0xdd) return this.read(type === 0xdc ? 2 : 4)
    else return 2 * this.read(type === 0xde ? 2 : 4)
    return 0
  }
}

/** Throws unless the bytes are exactly one value of at most that depth. */
export function checkStructure(bytes: Buffer, depthMax: number): Structure {
  const walker = new Walker(bytes)
  // How many values each open array or map still lacks.
  const open = [1]
  let hasInt64 = false
  while (open.length > 0) {
    const top = open.length - 1
    const left = open[top] as number
    if (left === 0) {
      open.pop()
      continue
    }
    if (walker.at >= bytes.length) throw truncated()
    open[top] = left - 1
    const type = bytes[walker.at]
    if (type === 0xcf || type === 0xd3) hasInt64 = true
    const count = walker.step()
    if (count === 0) continue
    // Every value takes a byte at least.
    if (count > bytes.length - walker.at) throw truncated()
    if (open.length > depthMax) throw new MessagePackError('nested too deeply')
    open.push(count)
  }
  if (walker.at !== bytes.length) throw new MessagePackError('bytes after the value')
  return { hasInt64 }
}
