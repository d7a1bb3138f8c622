// The rate at which this disk takes one append and one fdatasync after the other: the ceiling for a
// publisher with one message in flight. Usage: node bench/disk-loop.ts DIRECTORY [SECONDS] [BYTES]
import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'

const [directory = '.', seconds = '3', bytes = '1024'] = process.argv.slice(2)
const file = join(directory, `disk-loop-${process.pid}`)
const body = Buffer.alloc(Number(bytes), 'x')
const descriptor = openSync(file, 'w')
let count = 0
const startMs = performance.now()
try {
  while (performance.now() - startMs < Number(seconds) * 1000) {
    writeSync(descriptor, body)
    fdatasyncSync(descriptor)
    count += 1
  }
} finally {
  closeSync(descriptor)
  rmSync(file)
}
console.log(((count * 1000) / (performance.now() - startMs)).toFixed(1))
