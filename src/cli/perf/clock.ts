// Microseconds of the machine's monotonic clock. Unlike performance.now() its origin is the same in
// every process of the machine, so a time written into a body by one process can be read by another.

const [seconds, nanoseconds] = process.hrtime()
const originUs = seconds * 1e6 + nanoseconds / 1e3 - performance.now() * 1e3

export function nowUs(): number {
  return originUs + performance.now() * 1e3
}
