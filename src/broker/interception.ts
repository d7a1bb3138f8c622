// The way of one message through exchanges that do more than route: those that delay it or know it
// already. Each of them is asked once, also when the message has several routing keys.

import type { RouteInput, Router, Visit } from './exchanges/exchange-type.ts'
import type { Message } from './message.ts'

export interface InterceptionHost {
  readonly nowMs: number
  delayForExchange(name: string, message: Message, delayMs: number): void
}

export class Interception implements Visit {
  readonly message: Message
  readonly #host: InterceptionHost
  readonly #answers = new Map<Router, boolean>()
  /** The exchange that is being asked. */
  #exchangeName = ''
  /** Whether an exchange keeps the message for later. */
  delayed = false
  /** Whether an exchange has dropped it as a duplicate. */
  dropped = false

  constructor(message: Message, host: InterceptionHost) {
    this.message = message
    this.#host = host
  }

  get nowMs(): number {
    return this.#host.nowMs
  }

  /** Whether the message goes on through the exchange. */
  enter(router: Router, exchangeName: string, input: RouteInput): boolean {
    const known = this.#answers.get(router)
    if (known !== undefined) return known
    this.#exchangeName = exchangeName
    const answer = router.intercept?.(input, this) ?? true
    this.#answers.set(router, answer)
    return answer
  }

  delay(delayMs: number): void {
    this.delayed = true
    this.#host.delayForExchange(this.#exchangeName, this.message, delayMs)
  }

  drop(): void {
    this.dropped = true
  }
}
