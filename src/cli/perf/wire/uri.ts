// amqp://user:password@host:port/vhost, each part optional and percent-encoded.

export type Endpoint = {
  readonly host: string
  readonly port: number
  readonly tls: boolean
  readonly user: string
  readonly password: string
  readonly vhost: string
}

export function parseUri(text: string): Endpoint {
  const url = new URL(text)
  if (url.protocol !== 'amqp:' && url.protocol !== 'amqps:') {
    throw new Error(`not an amqp:// or amqps:// URI: ${url.protocol}//${url.host}`)
  }
  const tls = url.protocol === 'amqps:'
  const host = decodeURIComponent(url.hostname).replace(/^\[(.*)\]$/, '$1')
  return {
    host: host === '' ? 'localhost' : host,
    port: url.port === '' ? (tls ? 5671 : 5672) : Number(url.port),
    tls,
    user: url.username === '' ? 'guest' : decodeURIComponent(url.username),
    password: url.password === '' ? 'guest' : decodeURIComponent(url.password),
    vhost: url.pathname.length > 1 ? decodeURIComponent(url.pathname.slice(1)) : '/',
  }
}
