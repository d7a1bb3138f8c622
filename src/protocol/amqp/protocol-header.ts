// The eight octets with which a client opens a connection [AMQP 0-9-1, 4.2.2].
//
//   +-------+---+---+---+---+
//   | AMQP  | 0 | 0 | 9 | 1 |
//   +-------+---+---+---+---+

export const protocolHeaderBytes = 8
export const protocolHeader: readonly number[] = [0x41, 0x4d, 0x51, 0x50, 0, 0, 9, 1]
/** What clients of AMQP 0-9 send; RabbitMQ serves them as if they spoke 0-9-1. */
const header09: readonly number[] = [0x41, 0x4d, 0x51, 0x50, 1, 1, 0, 9]

export const ProtocolHeader = {
  /** Fewer than eight octets have come. */
  incomplete: 0,
  /** Answer with connection.start. */
  accepted: 1,
  /** Not AMQP 0-9-1 (HTTP, TLS, AMQP 1.0, ...): answer with `protocolHeader` and close the socket. */
  refused: 2,
} as const
export type ProtocolHeader = (typeof ProtocolHeader)[keyof typeof ProtocolHeader]

export function readProtocolHeader(bytes: Uint8Array, start: number, end: number): ProtocolHeader {
  if (end - start < protocolHeaderBytes) return ProtocolHeader.incomplete
  const isEqual = (header: readonly number[]): boolean =>
    header.every((octet, i) => bytes[start + i] === octet)
  return isEqual(protocolHeader) || isEqual(header09)
    ? ProtocolHeader.accepted
    : ProtocolHeader.refused
}
