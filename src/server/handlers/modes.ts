// The classes confirm and tx, and what is left of access and channel: a few requests each.
// [AMQP 0-9-1, 1.5 and 1.9; RMQ: confirms]

import { notImplemented, preconditionFailed } from '../../broker/errors.ts'
import type { Transaction } from '../../broker/transaction.ts'
import type { ChannelContext, Handler } from './handler.ts'

export const confirmSelect: Handler<'confirm.select'> = (context, values) => {
  context.channel.selectConfirms()
  if (!values.noWait) context.reply('confirm.select-ok', {})
}

export const txSelect: Handler<'tx.select'> = (context) => {
  context.channel.selectTransaction()
  context.reply('tx.select-ok', {})
}

/** The answer, tx.commit-ok, comes from the channel when the commit is durable. */
export const txCommit: Handler<'tx.commit'> = (context) => {
  transaction(context).commit()
}

export const txRollback: Handler<'tx.rollback'> = (context) => {
  transaction(context).rollback()
  context.reply('tx.rollback-ok', {})
}

function transaction(context: ChannelContext): Transaction {
  const { transaction: current } = context.channel
  if (current === null) throw preconditionFailed('channel is not transactional')
  return current
}

/** Access tickets ended with AMQP 0-8; old clients still ask for one. */
export const accessRequest: Handler<'access.request'> = (context) => {
  context.reply('access.request-ok', { ticket: 1 })
}

export const channelFlow: Handler<'channel.flow'> = (context, values) => {
  if (!values.active) throw notImplemented('active=false')
  context.reply('channel.flow-ok', { active: true })
}
