// The links of one listener, one for each user that has called.

import type { BrokerCore } from '../broker/broker-core.ts'
import type { RpcError } from '../rpc/error.ts'
import { UserLink } from './user-link.ts'

export interface LinksOptions {
  readonly core: BrokerCore
  readonly vhost: string
  /** Of the listener; connections are called by it. */
  readonly name: string
  /** Where the listener listens; known once it does. */
  readonly place: () => { readonly address: string; readonly port: number }
}

export class UserLinks {
  readonly #options: LinksOptions
  /** Only names that have been let in: no more than there are users. */
  readonly #links = new Map<string, UserLink>()

  constructor(options: LinksOptions) {
    this.#options = options
  }

  /** Throws BrokerError when the user may not enter the virtual host. */
  of(user: string): UserLink {
    const known = this.#links.get(user)
    if (known !== undefined) return known
    const { core, vhost, name, place } = this.#options
    const identity = { user, vhost, name: `${name} gateway (${user})`, ...place() }
    const link = new UserLink(core, identity, () => this.#links.delete(user))
    this.#links.set(user, link)
    return link
  }

  end(error: RpcError): void {
    for (const link of [...this.#links.values()]) link.end(error)
  }
}
