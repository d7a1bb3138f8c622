// The certificates that a node's TLS listeners show to whoever connects: asked of the listeners
// themselves, so that it is what clients get, and not what a file says.

import { connect } from 'node:tls'
import type { ListenerItem } from './commands/status-report.ts'

export interface ServedCertificate {
  readonly listener: ListenerItem
  readonly subject: string
  readonly issuer: string
  readonly validFrom: string
  readonly validTo: string
  readonly pem: string
}

const timeoutMs = 5000

export async function servedCertificates(
  host: string,
  listeners: readonly ListenerItem[],
): Promise<ServedCertificate[]> {
  const overTls = listeners.filter(({ protocol }) => /^https|\/ssl$/.test(protocol))
  return await Promise.all(overTls.map((listener) => ask(host, listener)))
}

function ask(host: string, listener: ListenerItem): Promise<ServedCertificate> {
  return new Promise((resolve, reject) => {
    // Anything may be looked at; nothing is sent.
    const socket = connect({ host, port: listener.port, rejectUnauthorized: false })
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error('no answer')))
    socket.on('error', (error) => reject(new Error(`port ${listener.port}: ${error.message}`)))
    socket.on('secureConnect', () => {
      const certificate = socket.getPeerX509Certificate()
      socket.destroy()
      if (certificate === undefined) return reject(new Error(`port ${listener.port}: none`))
      resolve({
        listener,
        subject: nameOf(certificate.subject),
        issuer: nameOf(certificate.issuer),
        validFrom: certificate.validFromDate.toISOString(),
        validTo: certificate.validToDate.toISOString(),
        pem: certificate.toString(),
      })
    })
  })
}

function nameOf(lines: string): string {
  return lines.split('\n').reverse().join(',')
}
