// Whether a caller is a user of the broker. By name and password, as for AMQP; without them, callers of
// this machine may act as one configured user, if the configured password is still that user's.

import type { Logger } from '../base/logger.ts'
import { type AuthenticationRules, refusalReason } from '../broker/authentication.ts'
import type { Principal } from '../rpc/call.ts'
import type { Credentials } from '../rpc/http/authenticate.ts'
import { isLoopbackPeer } from './peer-address.ts'

export interface GatekeeperOptions {
  readonly rules: AuthenticationRules
  readonly anonymous: { readonly user: string; readonly password: string } | null
  readonly logger: Logger
}

export class Gatekeeper {
  readonly #options: GatekeeperOptions

  constructor(options: GatekeeperOptions) {
    this.#options = options
  }

  /** Undefined: not let in. The broker knows no tokens. */
  authenticate(credentials: Credentials, peer: string): Principal | undefined {
    if (credentials.kind === 'bearer') return this.#refused(peer, 'tokens are not known here')
    if (credentials.kind === 'none') {
      if (isLoopbackPeer(peer)) return this.anonymous(peer)
      return this.#refused(peer, 'no name and password')
    }
    return this.#check(credentials.user, credentials.password, peer)
  }

  /** For callers of this machine, whose protocol has no names. */
  anonymous(peer: string): Principal | undefined {
    const { anonymous } = this.#options
    if (anonymous === null) return this.#refused(peer, 'no name and password')
    const { rules } = this.#options
    const claim = { ...anonymous, fromLoopback: true }
    const reason = refusalReason(rules, claim)
    return reason === null ? { name: anonymous.user } : this.#refused(peer, reason)
  }

  #check(user: string, password: string, peer: string): Principal | undefined {
    const claim = { user, password, fromLoopback: isLoopbackPeer(peer) }
    const reason = refusalReason(this.#options.rules, claim)
    return reason === null ? { name: user } : this.#refused(peer, reason)
  }

  #refused(peer: string, reason: string): undefined {
    this.#options.logger.warn('authentication failed', { peer, reason })
    return undefined
  }
}
