import { defineMetadataCases } from '../../test/simulation/metadata-store.cases.ts'
import { MemoryMetadata } from './memory-metadata.ts'

defineMetadataCases('memory', () => ({ store: new MemoryMetadata(), close: () => {} }))
