// Names and numbers of RPC for people.

const protocols: Readonly<Record<string, string>> = {
  'xml-rpc': 'XML-RPC',
  zerorpc: 'ZeroRPC',
  'json-rpc': 'JSON-RPC',
  grpc: 'gRPC',
}

export function protocolName(protocol: string): string {
  return protocols[protocol] ?? protocol
}

/** `0.42 ms`, `4.2 ms`, `42 ms`, `1.2 s`: two digits are what a latency is good for. */
export function formatLatency(ms: number | undefined | null): string {
  if (ms === undefined || ms === null || !Number.isFinite(ms)) return '–'
  if (ms >= 1000) return `${Number((ms / 1000).toFixed(1))} s`
  if (ms >= 10) return `${Math.round(ms)} ms`
  return `${Number(ms.toFixed(ms >= 1 ? 1 : 2))} ms`
}

/** What stands in the field of a trial's parameters, as the list that is sent; throws SyntaxError. */
export function parseParameters(text: string): readonly unknown[] {
  if (text.trim() === '') return []
  const value: unknown = JSON.parse(text)
  return Array.isArray(value) ? value : [value]
}
