// The address in what a transport calls its peer: `127.0.0.1:5000`, `::1:5000`, `[::1]:5000`.

/** The peer itself when it is no address, such as ZeroRPC's identity of a connection. */
export function addressOf(peer: string): string {
  const address = /^\[?([^\]]+?)\]?:\d+$/.exec(peer)?.[1] ?? peer
  // IPv4 addresses come mapped into IPv6 on a socket that listens to both.
  return address.replace(/^::ffff:(?=\d+\.)/, '')
}

export function isLoopbackPeer(peer: string): boolean {
  const address = addressOf(peer)
  return address === '::1' || /^127\.\d+\.\d+\.\d+$/.test(address)
}

/** Whether only this machine can reach what listens there. */
export function isLoopbackAddress(host: string): boolean {
  return host === 'localhost' || isLoopbackPeer(`${host}:0`)
}
