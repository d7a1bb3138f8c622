import { defineMessageLogCases } from '../../test/simulation/message-log.cases.ts'
import { MemoryLog } from './memory-log.ts'

defineMessageLogCases('memory', () => ({ log: new MemoryLog(setImmediate), close: () => {} }))
