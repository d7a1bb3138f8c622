#!/usr/bin/env -S node --max-semi-space-size=4
// The program `warren`. Nothing is imported statically but what switches on the compile cache, so that
// the modules behind it already come out of it: half of a start's time is compiling otherwise.
//
// The small young generation above costs a few per cent of the highest rates, and keeps what socket
// reads leave behind from piling up between collections: 60 MB less at rest after ten million messages.
//
// After a marking the heap may grow to two and a half times what lives before the next. V8 chooses less
// for so small a heap, but counts socket reads against it: bodies of 64 KB had it mark all the time.
import { enableCompileCache } from 'node:module'
import { setFlagsFromString } from 'node:v8'

setFlagsFromString('--heap-growing-percent=150')
enableCompileCache()
const { runWarren } = await import('./start.ts')
await runWarren(process.argv.slice(2))
