// A metadata store that forgets everything when the process ends. Values are kept as JSON text,
// so that what comes back is a copy, and what JSON cannot hold fails here as it would on disk.

import type { MetadataRecord, MetadataStore } from '../broker/ports.ts'

export class MemoryMetadata implements MetadataStore {
  readonly #records = new Map<string, { kind: string; key: string; json: string }>()

  load(): Iterable<MetadataRecord> {
    const records = [...this.#records.values()]
    return records.map(({ kind, key, json }) => ({ kind, key, value: JSON.parse(json) }))
  }

  put(kind: string, key: string, value: unknown): void {
    this.#records.set(`${kind}\0${key}`, { kind, key, json: JSON.stringify(value) })
  }

  delete(kind: string, key: string): void {
    this.#records.delete(`${kind}\0${key}`)
  }

  readonly blocked: boolean = false

  commit(): void {}
}
