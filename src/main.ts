#!/usr/bin/env node
// The program `warren`. Nothing is imported statically but what switches on the compile cache, so that
// the modules behind it already come out of it: half of a start's time is compiling otherwise.

import { enableCompileCache } from 'node:module'

enableCompileCache()
const { runWarren } = await import('./start.ts')
await runWarren(process.argv.slice(2))
