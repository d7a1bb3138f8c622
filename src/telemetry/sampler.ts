// Which messages are traced, as OpenTelemetry names the choices (OTEL_TRACES_SAMPLER).

import type { TraceContext } from './trace-context.ts'

type Choice = 'always_on' | 'always_off' | 'traceidratio'
export type SamplerName = Choice | `parentbased_${Choice}`

export class Sampler {
  /** Whether a publisher's decision counts. */
  readonly #parentBased: boolean
  readonly #ratio: number

  /** `ratio` counts for the samplers that have one. */
  constructor(name: SamplerName, ratio: number) {
    this.#parentBased = name.startsWith('parentbased_')
    if (name.endsWith('always_on')) this.#ratio = 1
    else this.#ratio = name.endsWith('always_off') ? 0 : ratio
  }

  /** Whether a message that came without a context may begin a trace at all. */
  get begins(): boolean {
    return this.#ratio > 0
  }

  follows(context: TraceContext): boolean {
    return this.#parentBased ? context.sampled : this.takes(context.traceId)
  }

  /** By the random end of the id, so that all who see a trace decide alike; 52 bits, which a double has. */
  takes(traceId: string): boolean {
    return Number.parseInt(traceId.slice(-14, -1), 16) >= (1 - this.#ratio) * 2 ** 52
  }
}
