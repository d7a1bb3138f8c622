// ZeroMQ's names for TCP addresses: tcp://host:port, where a listener's host may be `*` or the name of
// a network interface, and its port `*`.
import { networkInterfaces } from 'node:os'

export interface TcpAddress {
  readonly host: string
  readonly port: number
}

/** Undefined for other transports, and for what is no address. */
export function parseTcp(address: string): TcpAddress | undefined {
  const [, bracketed, plain, port] =
    /^tcp:\/\/(?:\[([0-9A-Fa-f:.%]+)\]|([^:/[\]]+)):(\d{1,5}|\*)$/.exec(address) ?? []
  const host = bracketed ?? plain
  const number = port === '*' ? 0 : Number(port)
  if (host === undefined || number > 65_535) return undefined
  return { host, port: number }
}

/** Where to listen for it. */
export function listenHost(host: string): string {
  if (host === '*') return '0.0.0.0'
  return networkInterfaces()[host]?.[0]?.address ?? host
}

export function tcpText(host: string, port: number): string {
  return `tcp://${host.includes(':') ? `[${host}]` : host}:${port}`
}
