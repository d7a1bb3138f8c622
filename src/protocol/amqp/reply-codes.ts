// AMQP's reply codes, their names, and which of them end the whole connection. Nothing here knows
// when a code is right: that is for the rules that raise it.

export const ReplyCode = {
  success: 200,
  contentTooLarge: 311,
  noRoute: 312,
  noConsumers: 313,
  connectionForced: 320,
  invalidPath: 402,
  accessRefused: 403,
  notFound: 404,
  resourceLocked: 405,
  preconditionFailed: 406,
  frameError: 501,
  syntaxError: 502,
  commandInvalid: 503,
  channelError: 504,
  unexpectedFrame: 505,
  resourceError: 506,
  notAllowed: 530,
  notImplemented: 540,
  internalError: 541,
} as const
export type ReplyCode = (typeof ReplyCode)[keyof typeof ReplyCode]

const nameByCode: ReadonlyMap<number, string> = new Map(
  Object.entries(ReplyCode).map(([key, code]) => [
    code,
    key === 'success' ? 'REPLY_SUCCESS' : key.replace(/[A-Z]/g, (c) => `_${c}`).toUpperCase(),
  ]),
)

/** Errors that close the channel; all others close the connection [AMQP 0-9-1, 1.2 constants]. */
const softErrors: ReadonlySet<number> = new Set([311, 312, 313, 403, 404, 405, 406])

/** `ACCESS_REFUSED` for 403, and so on. */
export function replyCodeName(code: ReplyCode): string {
  return nameByCode.get(code) ?? String(code)
}

export function isHardError(code: ReplyCode): boolean {
  return code !== ReplyCode.success && !softErrors.has(code)
}

/** A reply text is a short string. */
const replyTextBytesMax = 255
const ellipsis = '...'

/** `NAME - explanation`, cut as RabbitMQ cuts it: to 252 octets and three dots. */
export function replyText(code: ReplyCode, explanation: string): string {
  const text = `${replyCodeName(code)} - ${explanation}`
  // No character takes more than three octets per UTF-16 unit.
  if (text.length * 3 <= replyTextBytesMax) return text
  const bytes = Buffer.from(text)
  if (bytes.length <= replyTextBytesMax) return text
  let cut = replyTextBytesMax - ellipsis.length
  while ((bytes[cut]! & 0xc0) === 0x80) cut -= 1
  return bytes.toString('utf8', 0, cut) + ellipsis
}
