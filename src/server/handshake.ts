// The opening of a connection: start, tune, open [AMQP 0-9-1, 2.2.4]. It decides; the connection that
// owns it sends and closes.

import {
  type AuthenticationRules,
  certifiedRefusal,
  refusalReason,
} from '../broker/authentication.ts'
import { notAllowed } from '../broker/errors.ts'
import { type FieldTable, type PlainValue, plainValue } from '../protocol/amqp/field-table.ts'
import type { DecodedMethod, MethodArguments } from '../protocol/amqp/methods.ts'
import { ProtocolError } from '../protocol/amqp/protocol-error.ts'
import { ReplyCode } from '../protocol/amqp/reply-codes.ts'
import type { Peer } from './peer.ts'
import { externalMechanism, readCredentials } from './sasl.ts'

export interface TuneOffer {
  readonly channelMax: number
  readonly frameMax: number
  readonly heartbeatSeconds: number
}

/** The smallest frame that every peer must take [AMQP 0-9-1, 4.2.3 frame-min-size]. */
export const frameMinBytes = 4096

/** What the client said of itself, and what was agreed on. */
export interface Negotiated {
  readonly user: string
  readonly mechanism: string
  readonly clientProperties: Readonly<Record<string, PlainValue>>
  readonly tune: TuneOffer
}

export type HandshakeStep =
  | { readonly kind: 'tune' }
  | { readonly kind: 'wait' }
  | { readonly kind: 'open'; readonly vhost: string }
  /** Wrong password: told at once to clients that know how, else after a while the socket closes. */
  | { readonly kind: 'refused'; readonly mechanism: string; readonly reason: string }
  /** A fault that is not answered; the socket closes after a while. */
  | { readonly kind: 'silent'; readonly reason: string }

export class Handshake {
  readonly #rules: AuthenticationRules
  readonly #offer: TuneOffer
  readonly #peer: Peer
  readonly #mechanisms: readonly string[]
  #expected: 'start-ok' | 'tune-ok' | 'open' = 'start-ok'
  #user = ''
  #mechanism = ''
  #clientProperties: FieldTable = {}
  #tune: TuneOffer

  constructor(
    rules: AuthenticationRules,
    offer: TuneOffer,
    peer: Peer,
    mechanisms: readonly string[],
  ) {
    this.#rules = rules
    this.#offer = offer
    this.#peer = peer
    this.#mechanisms = offeredTo(peer, mechanisms)
    this.#tune = offer
  }

  get negotiated(): Negotiated {
    return {
      user: this.#user,
      mechanism: this.#mechanism,
      clientProperties: plainValue(this.#clientProperties) as Record<string, PlainValue>,
      tune: this.#tune,
    }
  }

  /** What connection.start offers. */
  get mechanisms(): string {
    return this.#mechanisms.join(' ')
  }

  /** Whether errors can be told to the client by now. */
  get authenticated(): boolean {
    return this.#expected !== 'start-ok'
  }

  /** Whether the client named a capability in its properties. */
  clientCan(capability: string): boolean {
    const capabilities = plainValue(this.#clientProperties.capabilities ?? null)
    return (
      typeof capabilities === 'object' &&
      capabilities !== null &&
      (capabilities as Record<string, unknown>)[capability] === true
    )
  }

  receive(method: DecodedMethod): HandshakeStep {
    if (method.name === 'connection.start-ok' && this.#expected === 'start-ok') {
      return this.#startOk(method.arguments)
    }
    if (method.name === 'connection.tune-ok' && this.#expected === 'tune-ok') {
      this.#tuneOk(method.arguments)
      this.#expected = 'open'
      return { kind: 'wait' }
    }
    if (method.name === 'connection.open' && this.#expected === 'open') {
      return { kind: 'open', vhost: method.arguments.virtualHost }
    }
    const text = `unexpected method in connection state ${this.#state()}`
    throw new ProtocolError(ReplyCode.channelError, text, method.classId, method.methodId)
  }

  #state(): string {
    if (this.#expected === 'start-ok') return 'starting'
    return this.#expected === 'tune-ok' ? 'tuning' : 'opening'
  }

  #startOk(values: MethodArguments<'connection.start-ok'>): HandshakeStep {
    this.#clientProperties = values.clientProperties
    this.#mechanism = values.mechanism
    const { mechanism } = values
    if (!this.#mechanisms.includes(mechanism)) {
      return { kind: 'silent', reason: `unknown authentication mechanism '${mechanism}'` }
    }
    const login = this.#login(mechanism, values.response)
    if (login.refusal !== null) return { kind: 'refused', mechanism, reason: login.refusal }
    this.#user = login.user
    this.#expected = 'tune-ok'
    return { kind: 'tune' }
  }

  #login(mechanism: string, response: Buffer): { user: string; refusal: string | null } {
    const { fromLoopback } = this.#peer
    if (mechanism === externalMechanism) {
      const certified = this.#peer.certified()
      if ('missing' in certified) return { user: '', refusal: certified.missing }
      const { user } = certified
      return { user, refusal: certifiedRefusal(this.#rules, { user, fromLoopback }) }
    }
    const credentials = readCredentials(mechanism, response)
    if (credentials === null) return { user: '', refusal: 'invalid response' }
    const refusal = refusalReason(this.#rules, { ...credentials, fromLoopback })
    return { user: credentials.user, refusal }
  }

  #tuneOk({ channelMax, frameMax, heartbeat }: MethodArguments<'connection.tune-ok'>): void {
    checkAgreed('frame_max', frameMax, this.#offer.frameMax)
    if (frameMax !== 0 && frameMax < frameMinBytes) {
      throw notAllowed(
        `negotiated frame_max = ${frameMax} is lower than the minimum allowed value (${frameMinBytes})`,
      )
    }
    checkAgreed('channel_max', channelMax, this.#offer.channelMax)
    this.#tune = { channelMax, frameMax, heartbeatSeconds: heartbeat }
  }
}

/** A certificate can say who somebody is over TLS only [RMQ: rabbit_auth_mechanism_ssl]. */
function offeredTo({ overTls }: Peer, mechanisms: readonly string[]): readonly string[] {
  return overTls ? mechanisms : mechanisms.filter((name) => name !== externalMechanism)
}

/** 0 stands for no limit, which is more than any limit that was offered. */
function checkAgreed(name: string, agreed: number, offered: number): void {
  if (offered === 0 || (agreed !== 0 && agreed <= offered)) return
  const text = agreed === 0 ? '0 (no limit)' : String(agreed)
  throw notAllowed(
    `negotiated ${name} = ${text} is higher than the maximum allowed value (${offered})`,
  )
}

/** Errors of tune-ok name connection.tune, those of open connection.open [RMQ: rabbit_reader]. */
export function tuneOrOpenKey({ explanation }: { readonly explanation: string }): number {
  return explanation.startsWith('negotiated') ? (10 << 16) | 30 : (10 << 16) | 40
}
