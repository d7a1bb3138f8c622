// Which handler serves which method of an open channel; exhaustive over all that clients may send.

import type { DecodedMethod } from '../../protocol/amqp/methods.ts'
import { ProtocolError } from '../../protocol/amqp/protocol-error.ts'
import { ReplyCode } from '../../protocol/amqp/reply-codes.ts'
import {
  basicCancel,
  basicConsume,
  basicGet,
  basicQos,
  basicRecover,
  basicRecoverAsync,
} from './basic.ts'
import { exchangeBind, exchangeDeclare, exchangeDelete, exchangeUnbind } from './exchange.ts'
import type { ChannelContext } from './handler.ts'
import {
  accessRequest,
  channelFlow,
  confirmSelect,
  txCommit,
  txRollback,
  txSelect,
} from './modes.ts'
import { queueBind, queueDeclare, queueDelete, queuePurge, queueUnbind } from './queue.ts'

export function dispatchMethod(context: ChannelContext, method: DecodedMethod): void {
  switch (method.name) {
    case 'basic.qos':
      basicQos(context, method.arguments)
      break
    case 'basic.consume':
      basicConsume(context, method.arguments)
      break
    case 'basic.cancel':
      basicCancel(context, method.arguments)
      break
    case 'basic.get':
      basicGet(context, method.arguments)
      break
    case 'basic.recover':
      basicRecover(context, method.arguments)
      break
    case 'basic.recover-async':
      basicRecoverAsync(context, method.arguments)
      break
    case 'queue.declare':
      queueDeclare(context, method.arguments)
      break
    case 'queue.bind':
      queueBind(context, method.arguments)
      break
    case 'queue.unbind':
      queueUnbind(context, method.arguments)
      break
    case 'queue.purge':
      queuePurge(context, method.arguments)
      break
    case 'queue.delete':
      queueDelete(context, method.arguments)
      break
    default:
      dispatchRare(context, method)
  }
}

function dispatchRare(context: ChannelContext, method: DecodedMethod): void {
  switch (method.name) {
    case 'exchange.declare':
      exchangeDeclare(context, method.arguments)
      break
    case 'exchange.delete':
      exchangeDelete(context, method.arguments)
      break
    case 'exchange.bind':
      exchangeBind(context, method.arguments)
      break
    case 'exchange.unbind':
      exchangeUnbind(context, method.arguments)
      break
    case 'confirm.select':
      confirmSelect(context, method.arguments)
      break
    case 'tx.select':
      txSelect(context, method.arguments)
      break
    case 'tx.commit':
      txCommit(context, method.arguments)
      break
    case 'tx.rollback':
      txRollback(context, method.arguments)
      break
    case 'access.request':
      accessRequest(context, method.arguments)
      break
    case 'channel.flow':
      channelFlow(context, method.arguments)
      break
    // The client's word on the broker's own requests needs no answer.
    case 'channel.flow-ok':
    case 'basic.cancel-ok':
      break
    default:
      throw new ProtocolError(
        ReplyCode.commandInvalid,
        'unimplemented method',
        method.classId,
        method.methodId,
      )
  }
}
