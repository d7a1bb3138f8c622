import { test } from 'node:test'
import { YoungBuffers } from './young-buffers.ts'

const mebibyte = 1 << 20

/** Makes buffers that nobody keeps. */
function litter(bytes: number): void {
  for (let made = 0; made < bytes; made += mebibyte) Buffer.allocUnsafeSlow(mebibyte).fill(1)
}

test('buffers of large bodies are freed soon after they are dead', {
  timeout: 30_000,
}, async () => {
  const buffers = new YoungBuffers()
  litter(40 * mebibyte)
  const before = process.memoryUsage().arrayBuffers
  buffers.read(30, 40 * mebibyte)
  buffers.sweep()
  // They are freed by another thread.
  while (process.memoryUsage().arrayBuffers > before - 20 * mebibyte) {
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
})
