// The class exchange [AMQP 0-9-1, 1.6; RMQ: exchange to exchange bindings].

import {
  bind,
  checkExchange,
  declareExchange,
  deleteExchange,
  unbind,
} from '../../broker/requests.ts'
import type { Handler } from './handler.ts'

export const exchangeDeclare: Handler<'exchange.declare'> = (context, values) => {
  const { exchange: name, type, durable, autoDelete, internal, noWait } = values
  if (values.passive) checkExchange(context.channel, name)
  else {
    const args = values.arguments
    declareExchange(context.channel, { name, type, durable, autoDelete, internal, arguments: args })
  }
  if (!noWait) context.reply('exchange.declare-ok', {})
}

export const exchangeDelete: Handler<'exchange.delete'> = (context, values) => {
  deleteExchange(context.channel, values.exchange, values.ifUnused)
  if (!values.noWait) context.reply('exchange.delete-ok', {})
}

export const exchangeBind: Handler<'exchange.bind'> = (context, values) => {
  bind(context.channel, {
    source: values.source,
    destination: { kind: 'exchange', name: values.destination },
    routingKey: values.routingKey,
    arguments: values.arguments,
  })
  if (!values.noWait) context.reply('exchange.bind-ok', {})
}

export const exchangeUnbind: Handler<'exchange.unbind'> = (context, values) => {
  unbind(context.channel, {
    source: values.source,
    destination: { kind: 'exchange', name: values.destination },
    routingKey: values.routingKey,
    arguments: values.arguments,
  })
  if (!values.noWait) context.reply('exchange.unbind-ok', {})
}
