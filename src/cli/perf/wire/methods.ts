// The AMQP 0-9-1 methods a load generator needs, as `class << 16 | method`. This table is not the
// broker's on purpose: shared code would let one mistake hide on both sides of the socket.

export const METHOD = {
  connectionStart: 0x000a_000a,
  connectionStartOk: 0x000a_000b,
  connectionTune: 0x000a_001e,
  connectionTuneOk: 0x000a_001f,
  connectionOpen: 0x000a_0028,
  connectionOpenOk: 0x000a_0029,
  connectionClose: 0x000a_0032,
  connectionCloseOk: 0x000a_0033,
  connectionBlocked: 0x000a_003c,
  connectionUnblocked: 0x000a_003d,
  channelOpen: 0x0014_000a,
  channelOpenOk: 0x0014_000b,
  channelFlow: 0x0014_0014,
  channelFlowOk: 0x0014_0015,
  channelClose: 0x0014_0028,
  channelCloseOk: 0x0014_0029,
  exchangeDeclare: 0x0028_000a,
  exchangeDeclareOk: 0x0028_000b,
  exchangeDelete: 0x0028_0014,
  exchangeDeleteOk: 0x0028_0015,
  queueDeclare: 0x0032_000a,
  queueDeclareOk: 0x0032_000b,
  queueBind: 0x0032_0014,
  queueBindOk: 0x0032_0015,
  queueUnbind: 0x0032_0032,
  queueUnbindOk: 0x0032_0033,
  queueDelete: 0x0032_0028,
  queueDeleteOk: 0x0032_0029,
  basicQos: 0x003c_000a,
  basicQosOk: 0x003c_000b,
  basicConsume: 0x003c_0014,
  basicConsumeOk: 0x003c_0015,
  basicCancel: 0x003c_001e,
  basicPublish: 0x003c_0028,
  basicReturn: 0x003c_0032,
  basicDeliver: 0x003c_003c,
  basicGet: 0x003c_0046,
  basicGetOk: 0x003c_0047,
  basicGetEmpty: 0x003c_0048,
  basicAck: 0x003c_0050,
  basicNack: 0x003c_0078,
  confirmSelect: 0x0055_000a,
  confirmSelectOk: 0x0055_000b,
} as const

export const FRAME = { method: 1, header: 2, body: 3, heartbeat: 8 } as const
export const FRAME_END = 0xce
/** Seven octets of header and one of end around every payload. [AMQP 4.2.3] */
export const FRAME_OVERHEAD = 8
export const BASIC_CLASS = 60
