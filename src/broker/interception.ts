// The way of one message through exchanges that do more than route: those that delay it or know it
// already. Each of them is asked once, also when the message has several routing keys.

import type { Interceptor, Router } from './exchanges/exchange-type.ts'
import type { Message } from './message.ts'

export interface InterceptionHost {
  readonly nowMs: number
  delayForExchange(name: string, message: Message, delayMs: number): void
}

export class Interception implements Interceptor {
  readonly #message: Message
  readonly #host: InterceptionHost
  readonly #answers = new Map<Router, boolean>()
  /** Whether an exchange keeps the message for later. */
  delayed = false
  /** Whether an exchange has dropped it as a duplicate. */
  dropped = false
  /** The log position of the message that it duplicates, 0 if that is safe by now. */
  duplicateOf = 0

  constructor(message: Message, host: InterceptionHost) {
    this.#message = message
    this.#host = host
  }

  get nowMs(): number {
    return this.#host.nowMs
  }

  /** Whether the message goes on through the exchange. */
  enter(router: Router, exchangeName: string): boolean {
    const known = this.#answers.get(router)
    if (known !== undefined) return known
    const answer = router.intercept?.(this.#message, this, exchangeName) ?? true
    this.#answers.set(router, answer)
    return answer
  }

  delay(exchangeName: string, message: Message, delayMs: number): void {
    this.delayed = true
    this.#host.delayForExchange(exchangeName, message, delayMs)
  }

  duplicate(position: number): void {
    this.dropped = true
    this.duplicateOf = Math.max(this.duplicateOf, position)
  }
}
