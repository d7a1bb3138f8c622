// Keeps broker and load generator on different cores, so that neither is measured at the other's cost.
import { spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'

/** Of util-linux; without it nothing is pinned. */
const taskset = 'taskset'

export type Pinning = {
  readonly brokerCores: string | undefined
  readonly generatorCores: string | undefined
  readonly text: string
}

export function choosePinning(brokerCores?: string, generatorCores?: string): Pinning {
  const hasTaskset = spawnSync(taskset, ['-V']).status === 0
  if (!hasTaskset || availableParallelism() < 2) {
    const reason = hasTaskset ? 'only one core' : 'no taskset'
    return { brokerCores: undefined, generatorCores: undefined, text: `not pinned (${reason})` }
  }
  const broker = brokerCores ?? '0'
  const generator = generatorCores ?? '1'
  return {
    brokerCores: broker,
    generatorCores: generator,
    text: `broker on core ${broker}, load generator on core ${generator}`,
  }
}

export function pinned(cores: string | undefined, command: readonly string[]): string[] {
  return cores === undefined ? [...command] : [taskset, '-c', cores, ...command]
}

/** The harness itself belongs on the generator's side. */
export function pinSelf(pinning: Pinning): void {
  if (pinning.generatorCores === undefined) return
  spawnSync(taskset, ['-a', '-c', '-p', pinning.generatorCores, String(process.pid)])
}
