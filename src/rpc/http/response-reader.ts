// Reads one HTTP/1 response after the other from the bytes of a connection, under limits. Pure.
import { RpcError } from '../error.ts'
import { ChunkedBody } from './chunked-body.ts'
import { malformed, parseHead, type ResponseHead } from './response-head.ts'

export interface HttpResponse {
  readonly head: ResponseHead
  readonly body: Buffer
  /** Bytes came after it, though nothing was asked: the connection is not to be trusted further. */
  readonly hasSurplus: boolean
}

/** As Node's own reader allows. */
const headBytesMax = 16 * 1024
/** `100 Continue` and the like, before the response proper. */
const interimMax = 10
const noBytes = Buffer.alloc(0)

export class ResponseReader {
  readonly #bodyBytesMax: number
  #carry: Buffer = noBytes
  #head: ResponseHead | undefined
  #parts: Buffer[] = []
  #size = 0
  #interim = 0
  #chunked: ChunkedBody | undefined

  constructor(bodyBytesMax: number) {
    this.#bodyBytesMax = bodyBytesMax
  }

  /** The response, once it is complete. Throws RpcError for what is none, or too much. */
  feed(chunk: Buffer): HttpResponse | undefined {
    const rest = this.#head === undefined ? this.#readHead(chunk) : chunk
    const head = this.#head
    if (rest === undefined || head === undefined) return undefined
    if (this.#chunked !== undefined) {
      const surplus = this.#chunked.feed(rest, (part) => this.#take(part))
      return this.#chunked.done ? this.#finish(head, surplus.length > 0) : undefined
    }
    if (head.length === 'close' || head.length === 'chunked') {
      this.#take(rest)
      return undefined
    }
    const missing = head.length - this.#size
    if (rest.length < missing) {
      this.#take(rest)
      return undefined
    }
    this.#take(rest.length === missing ? rest : rest.subarray(0, missing))
    return this.#finish(head, rest.length > missing)
  }

  /** The peer sends no more: that is the end of a body without a length, and else a breach. */
  end(): HttpResponse | undefined {
    const head = this.#head
    return head?.length === 'close' ? this.#finish(head, false) : undefined
  }

  /** What follows the head; undefined while it is incomplete. */
  #readHead(chunk: Buffer): Buffer | undefined {
    let rest = this.#carry.length === 0 ? chunk : Buffer.concat([this.#carry, chunk])
    for (;;) {
      const end = rest.indexOf('\r\n\r\n')
      if ((end < 0 ? rest.length : end) > headBytesMax) throw malformed('the head is too long')
      if (end < 0) {
        this.#carry = rest
        return undefined
      }
      const head = parseHead(rest.toString('latin1', 0, end))
      rest = rest.subarray(end + 4)
      if (head.status >= 200) {
        this.#carry = noBytes
        this.#begin(head)
        return rest
      }
      this.#interim += 1
      if (head.status === 101 || this.#interim > interimMax) throw malformed('an interim answer')
    }
  }

  #begin(head: ResponseHead): void {
    this.#head = head
    if (head.length === 'chunked') this.#chunked = new ChunkedBody()
    else if (head.length !== 'close' && head.length > this.#bodyBytesMax) throw this.#tooLarge()
  }

  #take(part: Buffer): void {
    this.#size += part.length
    if (this.#size > this.#bodyBytesMax) throw this.#tooLarge()
    if (part.length > 0) this.#parts.push(part)
  }

  #tooLarge(): RpcError {
    const text = `the answer cannot be read: the body has more than ${this.#bodyBytesMax} bytes`
    return new RpcError('RESOURCE_EXHAUSTED', text)
  }

  #finish(head: ResponseHead, hasSurplus: boolean): HttpResponse {
    const [only = noBytes] = this.#parts
    const body = this.#parts.length < 2 ? only : Buffer.concat(this.#parts, this.#size)
    this.#head = undefined
    this.#chunked = undefined
    this.#parts = []
    this.#size = 0
    this.#interim = 0
    return { head, body, hasSurplus }
  }
}
