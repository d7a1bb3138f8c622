// What all connections of a listener share.

import type { Logger } from '../base/logger.ts'
import type { BrokerCore } from '../broker/broker-core.ts'
import type { TuneOffer } from './handshake.ts'
import type { LoginFrom } from './peer.ts'
import type { ServerIdentity } from './server-properties.ts'
import type { Turns } from './turns.ts'

export interface ConnectionContext {
  readonly core: BrokerCore
  readonly turns: Turns
  readonly identity: ServerIdentity
  readonly tune: TuneOffer
  readonly loopbackUsers: readonly string[]
  /** SASL mechanisms that are offered. */
  readonly mechanisms: readonly string[]
  readonly loginFrom: LoginFrom
  readonly logger: Logger
  /** Why publishers have to wait at the moment, or null. */
  readonly blockedReason: () => string | null
}
