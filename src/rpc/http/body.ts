// Reads the body of an HTTP request or response under a limit that also holds after decompression.
import type { IncomingMessage } from 'node:http'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'

const gunzipAsync = promisify(gunzip)
const gzipAsync = promisify(gzip)

export class BodyError extends Error {
  override readonly name = 'BodyError'
  /** The HTTP status that says what is wrong. */
  readonly status: number

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options)
    this.status = status
  }
}

function collect(message: IncomingMessage, bytesMax: number): Promise<Buffer> {
  const declared = Number(message.headers['content-length'] ?? 0)
  if (declared > bytesMax) {
    return Promise.reject(new BodyError(413, `the body has more than ${bytesMax} bytes`))
  }
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    message.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > bytesMax) {
        message.removeAllListeners('data')
        reject(new BodyError(413, `the body has more than ${bytesMax} bytes`))
        return
      }
      chunks.push(chunk)
    })
    message.on('end', () => {
      const [first] = chunks
      resolve(chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks, size))
    })
    message.on('error', reject)
    message.on('close', () => {
      // Also follows the end of every complete message, where an error would only cost its stack.
      if (!message.complete) reject(new BodyError(400, 'the connection was closed'))
    })
  })
}

export async function readBody(message: IncomingMessage, bytesMax: number): Promise<Buffer> {
  const encoding = message.headers['content-encoding'] ?? 'identity'
  refuseUnknown(encoding)
  const raw = await collect(message, bytesMax)
  return encoding === 'identity' ? raw : inflated(raw, encoding, bytesMax)
}

function refuseUnknown(encoding: string): void {
  if (encoding === 'identity' || encoding === 'gzip') return
  throw new BodyError(501, `encoding ${JSON.stringify(encoding)} is not supported`)
}

export async function inflated(raw: Buffer, encoding: string, bytesMax: number): Promise<Buffer> {
  refuseUnknown(encoding)
  if (encoding === 'identity') return raw
  try {
    // The limit makes a small body that inflates to gigabytes an error after `bytesMax` bytes.
    return await gunzipAsync(raw, { maxOutputLength: bytesMax })
  } catch (cause) {
    const tooLarge = cause instanceof RangeError
    throw new BodyError(tooLarge ? 413 : 400, 'error decoding gzip content', { cause })
  }
}

/** Compression of a loopback answer costs more than it saves below this size. */
const gzipBytesMin = 1400

export async function maybeGzip(
  text: string,
  accepted: string | undefined,
): Promise<Buffer | undefined> {
  if (text.length <= gzipBytesMin || accepted === undefined || !/\bgzip\b/.test(accepted)) {
    return undefined
  }
  return gzipAsync(text, { level: 1 })
}
