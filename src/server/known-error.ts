// The one place where what was thrown becomes an error that a client can be told.

import type { Logger } from '../base/logger.ts'
import { BrokerError } from '../broker/errors.ts'
import { ProtocolError } from '../protocol/amqp/protocol-error.ts'
import { ReplyCode } from '../protocol/amqp/reply-codes.ts'

/** What is not meant for clients is logged; `connection` names whose request it was. */
export function knownError(error: unknown, logger: Logger, connection: string): BrokerError {
  if (error instanceof BrokerError) return error
  if (error instanceof ProtocolError) return new BrokerError(error.code, error.explanation)
  logger.error('internal error', { connection, error })
  return new BrokerError(ReplyCode.internalError, 'see the broker logfile')
}
