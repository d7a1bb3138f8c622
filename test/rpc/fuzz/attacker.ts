// What a run needs of a protocol: bytes of good traffic, special cruelties, and a way to send bad
// payloads in good frames, which get further than bytes that fail at the first layer.
import type { Random } from './inputs.ts'

export interface Attacker {
  readonly port: number
  /** Whole connections as a good client has them, and what no client sends. */
  readonly rawSamples: readonly Buffer[]
  /** How many of a hundred inputs are raw bytes on a connection of their own. */
  readonly rawPercent: number
  /** Sends one bad payload; throws when the answer breaks the protocol. */
  framed(random: Random): Promise<void>
  close(): Promise<void>
}

export type OpenAttacker = (url: string) => Promise<Attacker>
