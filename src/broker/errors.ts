// What can go wrong in the model, by AMQP reply code. The code also says how far it reaches: soft
// codes close the channel, hard ones the connection [AMQP 0-9-1, 1.1 constants]. The edges (server,
// management) turn it into a frame or an HTTP status.

import { ReplyCode } from '../protocol/amqp/reply-codes.ts'

export class BrokerError extends Error {
  readonly code: ReplyCode
  /** The text behind `CODE_NAME - ` in the reply. */
  readonly explanation: string

  constructor(code: ReplyCode, explanation: string) {
    super(explanation)
    this.code = code
    this.explanation = explanation
  }
}

/** `queue 'q' in vhost '/'`: how RabbitMQ names a resource in its texts (rabbit_misc:rs/1). */
export function resourceText(kind: 'queue' | 'exchange', name: string, vhost: string): string {
  return `${kind} '${name}' in vhost '${vhost}'`
}

export function accessRefused(explanation: string): BrokerError {
  return new BrokerError(ReplyCode.accessRefused, explanation)
}

export function notFound(kind: 'queue' | 'exchange', name: string, vhost: string): BrokerError {
  return new BrokerError(ReplyCode.notFound, `no ${resourceText(kind, name, vhost)}`)
}

export function noPreviousQueue(): BrokerError {
  return new BrokerError(ReplyCode.notFound, 'no previously declared queue')
}

export function preconditionFailed(explanation: string): BrokerError {
  return new BrokerError(ReplyCode.preconditionFailed, explanation)
}

export function notAllowed(explanation: string): BrokerError {
  return new BrokerError(ReplyCode.notAllowed, explanation)
}

export function notImplemented(explanation: string): BrokerError {
  return new BrokerError(ReplyCode.notImplemented, explanation)
}

export function resourceLocked(queue: string, vhost: string): BrokerError {
  return new BrokerError(
    ReplyCode.resourceLocked,
    `cannot obtain exclusive access to locked ${resourceText('queue', queue, vhost)}. ` +
      'It could be originally declared on another connection or the exclusive property value ' +
      'does not match that of the original declaration.',
  )
}
