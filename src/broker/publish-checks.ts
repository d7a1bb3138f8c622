// What a publish's properties must satisfy before it is routed: user-id, expiration, reply-to. Most
// messages have none of them, and that is seen from the property flags alone.

import { type Content, contentOf } from '../protocol/amqp/content.ts'
import {
  PropertyFlag,
  propertyPosition,
  readPropertyFlags,
  replaceProperties,
} from '../protocol/amqp/properties.ts'
import { asBuffer, readShortString } from '../protocol/amqp/strings.ts'
import type { AccessControl } from './access.ts'
import { preconditionFailed } from './errors.ts'
import { replyPrefix } from './publish-target.ts'
import { ttlMsMax } from './queues/arguments.ts'

/** The name that a client consumes from, and gives as reply-to, for direct replies. */
export const replyQueue = 'amq.rabbitmq.reply-to'

const checked = PropertyFlag.userId | PropertyFlag.expiration | PropertyFlag.replyTo

/** Who publishes: a channel, as far as these checks look at it. */
export interface Publisher {
  readonly connection: { readonly user: string; readonly vhost: { readonly access: AccessControl } }
  readonly reply: { readonly token: string } | null
}

/** Throws PRECONDITION_FAILED, or returns the content with its reply address filled in. */
export function checkContent(channel: Publisher, content: Content): Content {
  const flags = readPropertyFlags(content.header, content.headerStart) & checked
  if (flags === 0) return content
  if ((flags & PropertyFlag.userId) !== 0) checkUserId(channel, content)
  if ((flags & PropertyFlag.expiration) !== 0) {
    checkExpiration(textProperty(content, PropertyFlag.expiration))
  }
  if ((flags & PropertyFlag.replyTo) === 0) return content
  if (textProperty(content, PropertyFlag.replyTo) !== replyQueue) return content
  return withReplyAddress(channel, content)
}

function textProperty({ header, headerStart }: Content, flag: PropertyFlag): string {
  return readShortString(asBuffer(header), propertyPosition(header, headerStart, flag))
}

/** [RMQ: validated user-id] */
function checkUserId(channel: Publisher, content: Content): void {
  const { user, vhost } = channel.connection
  const claimed = textProperty(content, PropertyFlag.userId)
  if (claimed === user) return
  if (vhost.access.users.get(user)?.tags.includes('impersonator') === true) return
  throw preconditionFailed(
    `user_id property set to '${claimed}' but authenticated user was '${user}'`,
  )
}

/** The reasons are Erlang terms, as RabbitMQ prints them (rabbit_basic:parse_expiration). */
export function checkExpiration(expiration: string): void {
  const reason = expirationFault(expiration)
  if (reason !== null) throw preconditionFailed(`invalid expiration '${expiration}': ${reason}`)
}

function expirationFault(expiration: string): string | null {
  const [digits] = /^[+-]?\d+/.exec(expiration) ?? []
  if (digits === undefined) return 'no_integer'
  if (digits.length < expiration.length) {
    return `{leftover_string,"${expiration.slice(digits.length)}"}`
  }
  const ms = Number(digits)
  if (ms < 0) return `{value_negative,${ms}}`
  return ms > ttlMsMax ? `{value_too_large,${digits}}` : null
}

function withReplyAddress(channel: Publisher, content: Content): Content {
  if (channel.reply === null) throw preconditionFailed('fast reply consumer does not exist')
  const header = replaceProperties(content.header, content.headerStart, content.headerEnd, {
    replyTo: replyPrefix + channel.reply.token,
  })
  return contentOf(header, content)
}
