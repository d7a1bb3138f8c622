// The class queue [AMQP 0-9-1, 1.7].

import { bind, declareQueue, deleteQueue, purgeQueue, unbind } from '../../broker/requests.ts'
import type { Handler } from './handler.ts'

export const queueDeclare: Handler<'queue.declare'> = (context, values) => {
  const { queue: name, passive, durable, exclusive, autoDelete } = values
  const args = values.arguments
  const request = { name, passive, durable, exclusive, autoDelete, arguments: args }
  const counts = declareQueue(context.channel, request)
  if (values.noWait) return
  const { messageCount, consumerCount } = counts
  context.reply('queue.declare-ok', { queue: counts.name, messageCount, consumerCount })
}

export const queueBind: Handler<'queue.bind'> = (context, values) => {
  bind(context.channel, {
    source: values.exchange,
    destination: { kind: 'queue', name: values.queue },
    routingKey: values.routingKey,
    arguments: values.arguments,
  })
  if (!values.noWait) context.reply('queue.bind-ok', {})
}

export const queueUnbind: Handler<'queue.unbind'> = (context, values) => {
  unbind(context.channel, {
    source: values.exchange,
    destination: { kind: 'queue', name: values.queue },
    routingKey: values.routingKey,
    arguments: values.arguments,
  })
  context.reply('queue.unbind-ok', {})
}

export const queuePurge: Handler<'queue.purge'> = (context, values) => {
  const messageCount = purgeQueue(context.channel, values.queue)
  if (!values.noWait) context.reply('queue.purge-ok', { messageCount })
}

export const queueDelete: Handler<'queue.delete'> = (context, values) => {
  const { ifUnused, ifEmpty } = values
  const messageCount = deleteQueue(context.channel, values.queue, { ifUnused, ifEmpty })
  if (!values.noWait) context.reply('queue.delete-ok', { messageCount })
}
