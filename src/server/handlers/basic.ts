// The class basic, save publish and the acknowledgements, which have paths of their own.
// [AMQP 0-9-1, 1.8]

import { withDeliveryCount } from '../../broker/delivery-count.ts'
import { notImplemented } from '../../broker/errors.ts'
import { consume, readableQueue } from '../../broker/requests.ts'
import type { Handler } from './handler.ts'

export const basicQos: Handler<'basic.qos'> = (context, values) => {
  const { prefetchSize, prefetchCount, global } = values
  if (prefetchSize !== 0) throw notImplemented(`prefetch_size!=0 (${prefetchSize})`)
  context.channel.setPrefetch(prefetchCount, global)
  context.reply('basic.qos-ok', {})
}

export const basicConsume: Handler<'basic.consume'> = (context, values) => {
  const { queue, consumerTag: tag, noAck, exclusive, arguments: args } = values
  const request = { queue, tag, noAck, exclusive, arguments: args }
  const consumerTag = consume(context.channel, request)
  if (!values.noWait) context.reply('basic.consume-ok', { consumerTag })
}

export const basicCancel: Handler<'basic.cancel'> = (context, values) => {
  context.channel.cancel(values.consumerTag)
  if (!values.noWait) context.reply('basic.cancel-ok', { consumerTag: values.consumerTag })
}

export const basicGet: Handler<'basic.get'> = (context, values) => {
  const { channel } = context
  const queue = readableQueue(channel, values.queue)
  let resume: (() => void) | null = null
  let answered = false
  queue.get((entry) => {
    answered = true
    const gone = channel.closed
    if (entry !== null && gone) queue.requeue([entry])
    else if (entry === null) {
      queue.statistics.gotEmpty += 1
      channel.statistics.gotEmpty += 1
      if (!gone) context.reply('basic.get-empty', {})
    } else {
      if (values.noAck) queue.statistics.gotNoAck += 1
      else queue.statistics.got += 1
      const { redelivered } = entry
      const message = withDeliveryCount(queue, entry)
      const messageCount = queue.readyCount
      const deliveryTag = channel.tagFetched(queue, entry, values.noAck)
      context.replyFetched({ deliveryTag, redelivered, messageCount, message })
    }
    resume?.()
  })
  // The message is being read from disk: what follows on the connection waits for it.
  if (!answered) resume = context.suspend()
}

export const basicRecover: Handler<'basic.recover'> = (context, values) => {
  if (!values.requeue) throw notImplemented('requeue=false')
  context.channel.recover()
  context.reply('basic.recover-ok', {})
}

export const basicRecoverAsync: Handler<'basic.recover-async'> = (context, values) => {
  if (!values.requeue) throw notImplemented('requeue=false')
  context.channel.recover()
}
