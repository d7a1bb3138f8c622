// Runtime parameters: JSON values by component and name, of one virtual host or of the whole broker.
// The broker itself does not act on them; tools keep their settings here [RMQ: parameters].

import type { Emit } from './events.ts'
import type { MetadataStore } from './ports.ts'

export interface Parameter {
  readonly component: string
  readonly name: string
  readonly value: unknown
}

export type ParameterKind = 'parameter' | 'global-parameter'

/** What the component of parameters that belong to no virtual host is called inside. */
export const globalComponent = 'global'

export class ParameterBook {
  readonly #parameters = new Map<string, Parameter>()
  readonly #kind: ParameterKind
  /** The virtual host, or nothing. */
  readonly #scope: string
  readonly #metadata: MetadataStore
  readonly #events: { readonly emit: Emit }

  constructor(
    kind: ParameterKind,
    scope: string,
    metadata: MetadataStore,
    events: { readonly emit: Emit },
  ) {
    this.#kind = kind
    this.#scope = scope
    this.#metadata = metadata
    this.#events = events
  }

  get all(): readonly Parameter[] {
    return [...this.#parameters.values()]
  }

  get(component: string, name: string): Parameter | undefined {
    return this.#parameters.get(JSON.stringify([component, name]))
  }

  put(parameter: Parameter): void {
    const { component, name } = parameter
    this.#parameters.set(JSON.stringify([component, name]), parameter)
    this.#metadata.put(this.#kind, this.#key(component, name), parameter)
    this.#events.emit('parameter.set', { component, name, vhost: this.#scope })
  }

  /** Whether there was one. */
  delete(component: string, name: string): boolean {
    if (!this.#parameters.delete(JSON.stringify([component, name]))) return false
    this.#metadata.delete(this.#kind, this.#key(component, name))
    this.#events.emit('parameter.cleared', { component, name, vhost: this.#scope })
    return true
  }

  restore(value: unknown): void {
    const parameter = value as Parameter
    this.#parameters.set(JSON.stringify([parameter.component, parameter.name]), parameter)
  }

  clear(): void {
    for (const { component, name } of this.all) this.delete(component, name)
  }

  #key(component: string, name: string): string {
    return JSON.stringify([this.#scope, component, name])
  }
}
