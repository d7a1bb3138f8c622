// Microseconds of the machine's monotonic clock. Unlike performance.now() its origin is the same in
// every process of the machine, so a time written into a body by one process can be read by another.

const [seconds, nanoseconds] = process.hrtime()
const originUs = seconds * 1e6 + nanoseconds / 1e3 - performance.now() * 1e3

/** Cores that this process kept busy since `before`, a result of process.cpuUsage(). */
export function coresSince(before: NodeJS.CpuUsage, elapsedUs: number): number {
  const { user, system } = process.cpuUsage(before)
  return Math.round(((user + system) / elapsedUs) * 1000) / 1000
}

export function nowUs(): number {
  return originUs + performance.now() * 1e3
}
