// Which clients a CURVE server lets in: ZeroMQ asks for each of them over a socket of its own context
// [RFC 27/ZAP]. Without somebody who answers, every client gets in that knows the server's key.
//
//   request   version "1.0", request id, domain, address, identity, mechanism, client's public key
//   reply     version "1.0", request id, status "200" or "400", text, user, metadata
import type { ZeroMqModule } from './socket.ts'

const zapAddress = 'inproc://zeromq.zap.01'
const zapVersion = '1.0'
const keyBytes = 32
const alphabet =
  '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#'

/** Five characters are four bytes [RFC 32/Z85]. */
export function decodeKey(text: string): Buffer {
  const bytes = Buffer.alloc(keyBytes)
  if (text.length !== (keyBytes / 4) * 5) {
    throw new TypeError('a key of ZeroMQ has 40 characters')
  }
  for (let group = 0; group < keyBytes / 4; group += 1) {
    let value = 0
    for (const char of text.slice(group * 5, group * 5 + 5)) {
      const digit = alphabet.indexOf(char)
      if (digit < 0) throw new TypeError('a key of ZeroMQ has a character that is not in Z85')
      value = value * alphabet.length + digit
    }
    if (value > 0xffff_ffff) throw new TypeError('a key of ZeroMQ is out of range')
    bytes.writeUInt32BE(value, group * 4)
  }
  return bytes
}

export interface ClientGate {
  /** What the server's socket needs, so that ZeroMQ asks here. */
  readonly settings: Record<string, unknown>
  close(): void
}

export async function openClientGate(
  zeroMq: ZeroMqModule,
  clientKeys: readonly string[],
): Promise<ClientGate> {
  const allowed = new Set(clientKeys.map((key) => decodeKey(key).toString('hex')))
  // A context of its own: the questions of other servers in this process are none of ours.
  const context = new zeroMq.Context()
  const asked = new zeroMq.Reply({ context, linger: 0 })
  await asked.bind(zapAddress)
  const answerAll = async (): Promise<void> => {
    for await (const [, id = Buffer.alloc(0), , , , mechanism, key] of asked) {
      const isKnown = mechanism?.toString() === 'CURVE' && allowed.has(key?.toString('hex') ?? '')
      const [status, text] = isKnown ? ['200', 'OK'] : ['400', 'unknown key']
      await asked.send([zapVersion, id, status, text, '', ''])
    }
  }
  // Ends when the socket is closed.
  answerAll().catch(() => undefined)
  return { settings: { context, zapDomain: 'warren' }, close: () => asked.close() }
}
