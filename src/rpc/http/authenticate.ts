// Who is calling, as far as an HTTP-like header can tell. Decides nothing: the transport's user
// supplies `authenticate`, and a transport without it serves everybody who can reach it.
import type { Principal } from '../call.ts'
import { RpcError } from '../error.ts'

export type Credentials =
  | { readonly kind: 'none' }
  | { readonly kind: 'basic'; readonly user: string; readonly password: string }
  | { readonly kind: 'bearer'; readonly token: string }

/** Undefined means: not let in. */
export type Authenticate = (
  credentials: Credentials,
  peer: string,
) => Principal | undefined | Promise<Principal | undefined>

export function parseAuthorization(header: string | undefined): Credentials {
  if (header === undefined) return { kind: 'none' }
  const [, scheme, rest] = /^([A-Za-z]+) +(\S+)$/.exec(header) ?? []
  if (scheme === undefined || rest === undefined) return { kind: 'none' }
  if (scheme.toLowerCase() === 'bearer') return { kind: 'bearer', token: rest }
  if (scheme.toLowerCase() !== 'basic') return { kind: 'none' }
  const text = Buffer.from(rest, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  if (colon < 0) return { kind: 'none' }
  return { kind: 'basic', user: text.slice(0, colon), password: text.slice(colon + 1) }
}

export async function principalOf(
  authenticate: Authenticate | undefined,
  header: string | undefined,
  peer: string,
): Promise<Principal | undefined> {
  if (authenticate === undefined) return undefined
  const principal = await authenticate(parseAuthorization(header), peer)
  if (principal === undefined) throw new RpcError('UNAUTHENTICATED', 'credentials are not accepted')
  return principal
}

/** The header for user name and password of a URL, which are percent-encoded there. */
export function authorizationOf(url: URL): string | undefined {
  if (url.username === '') return undefined
  const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
  return `Basic ${Buffer.from(pair, 'utf8').toString('base64')}`
}
