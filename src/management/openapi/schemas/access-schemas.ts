// Answers about users, virtual hosts, permissions, policies and limits.

import { type TSchema, Type } from 'typebox'
import {
  anything,
  counted,
  described,
  flag,
  list,
  object,
  ref,
  table,
  text,
  whole,
} from './parts.ts'

const levels = ['messages', 'messages_ready', 'messages_unacknowledged']

export const accessSchemas: Readonly<Record<string, TSchema>> = {
  User: object({
    name: text,
    password_hash: text,
    hashing_algorithm: text,
    tags: list(text),
    limits: anything,
  }),
  Whoami: object({ name: text, tags: list(text) }),
  VirtualHost: object(
    {
      name: text,
      description: text,
      tags: list(text),
      default_queue_type: text,
      metadata: table(),
      tracing: flag,
      cluster_state: table(text),
      ...counted([...levels, 'recv_oct', 'send_oct']),
    },
    { message_stats: ref('MessageStats') },
  ),
  Permissions: object({ user: text, vhost: text, configure: text, write: text, read: text }),
  TopicPermissions: object({ user: text, vhost: text, exchange: text, write: text, read: text }),
  Policy: object({
    vhost: text,
    name: text,
    pattern: text,
    'apply-to': text,
    definition: table(),
    priority: whole,
  }),
  VhostLimits: object({ vhost: text, value: table(whole) }),
  UserLimits: object({ user: text, value: table(whole) }),
  Page: described(
    object({
      filtered_count: whole,
      item_count: whole,
      items: list(anything),
      page: whole,
      page_count: whole,
      page_size: whole,
      total_count: whole,
    }),
    'What lists answer with when a page was asked for.',
  ),
  Anything: Type.Unknown(),
}
