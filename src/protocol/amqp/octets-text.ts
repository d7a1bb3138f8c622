// Octets in the notation of RabbitMQ's error texts: `<<1,2,3>>`, or `<<"text">>` when all of them
// print. Long runs are not broken into lines as Erlang's pretty printer would.

/** What RabbitMQ shows of a payload at most. */
const snippetBytesMax = 16
/** More than this many numbers do not fit into a reply text of 255 octets anyway. */
const numbersMax = 128

const escapes: Readonly<Record<number, string>> = {
  8: '\\b',
  9: '\\t',
  10: '\\n',
  11: '\\v',
  12: '\\f',
  13: '\\r',
  27: '\\e',
  34: '\\"',
  92: '\\\\',
}

/** The octets as numbers, whatever they are. */
export function octetNumbers(bytes: Uint8Array, start: number, end: number): string {
  return `<<${[...bytes.subarray(start, Math.min(end, start + numbersMax))].join(',')}>>`
}

function octets(bytes: Uint8Array, start: number, end: number): string {
  let text = ''
  for (let at = start; at < end; at += 1) {
    const octet = bytes[at]!
    const escaped = escapes[octet]
    if (escaped === undefined && (octet < 32 || octet > 126)) return octetNumbers(bytes, start, end)
    text += escaped ?? String.fromCharCode(octet)
  }
  return start < end ? `<<"${text}">>` : '<<>>'
}

/** How RabbitMQ names a frame it cannot accept: `type 1, first 16 octets = <<...>>`. */
export function frameText(
  type: number,
  payload: { readonly bytes: Uint8Array; readonly start: number; readonly end: number },
): string {
  const { bytes, start, end } = payload
  if (end - start <= snippetBytesMax)
    return `type ${type}, all octets = ${octets(bytes, start, end)}`
  const shown = octets(bytes, start, start + snippetBytesMax)
  return `type ${type}, first ${snippetBytesMax} octets = ${shown}`
}
