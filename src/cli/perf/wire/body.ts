// What warren-perf writes into the first octets of a body, when the body is long enough:
//
//   0                        8          10                 16
//   +------------------------+----------+------------------+
//   | stamp, f64 microseconds| producer | sequence, 48 bit |   0 in the stamp: this message is
//   +------------------------+----------+------------------+   not part of the latency sample

export const STAMP_BYTES = 8
export const SEQUENCE_BYTES = 16

export function writeSequence(
  view: DataView,
  at: number,
  value: { readonly producer: number; readonly sequence: number },
): void {
  view.setUint16(at + 8, value.producer)
  view.setUint16(at + 10, Math.floor(value.sequence / 2 ** 32))
  view.setUint32(at + 12, value.sequence >>> 0)
}

export function readProducer(view: DataView, at: number): number {
  return view.getUint16(at + 8)
}

export function readSequence(view: DataView, at: number): number {
  return view.getUint16(at + 10) * 2 ** 32 + view.getUint32(at + 12)
}
