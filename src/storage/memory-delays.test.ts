import { defineDelayCases } from '../../test/simulation/delay-store.cases.ts'
import { MemoryDelays } from './memory-delays.ts'

defineDelayCases('memory', () => ({ store: new MemoryDelays(), close: () => {} }))
