// Loaded into the broker by bench/profile.ts (--import): SIGUSR2 starts the profiler that
// WARREN_PROFILE names (cpu or heap), the next SIGUSR2 stops it and writes what it saw. Only the
// measured part is profiled, not start and warm-up.
import { writeFileSync } from 'node:fs'
import { Session } from 'node:inspector/promises'

const kind = process.env.WARREN_PROFILE
const file = process.env.WARREN_PROFILE_FILE
const session = new Session()
let isRunning = false

/** Microseconds between CPU samples, and bytes between samples of allocation. */
const CPU_INTERVAL_US = 200
const HEAP_INTERVAL_BYTES = 8192

async function start(): Promise<void> {
  session.connect()
  if (kind === 'cpu') {
    await session.post('Profiler.enable')
    await session.post('Profiler.setSamplingInterval', { interval: CPU_INTERVAL_US })
    await session.post('Profiler.start')
  } else {
    await session.post('HeapProfiler.enable')
    // Objects already collected count as well: the question is what is allocated, not what stays.
    await session.post('HeapProfiler.startSampling', {
      samplingInterval: HEAP_INTERVAL_BYTES,
      includeObjectsCollectedByMajorGC: true,
      includeObjectsCollectedByMinorGC: true,
    })
  }
}

async function stop(): Promise<void> {
  const { profile } =
    kind === 'cpu'
      ? await session.post('Profiler.stop')
      : await session.post('HeapProfiler.stopSampling')
  session.disconnect()
  if (file !== undefined) writeFileSync(file, JSON.stringify(profile))
}

if (kind !== undefined) {
  process.on('SIGUSR2', () => {
    const step = isRunning ? stop() : start()
    isRunning = !isRunning
    step.catch((error: Error) => process.stderr.write(`profiler: ${error.message}\n`))
  })
}
