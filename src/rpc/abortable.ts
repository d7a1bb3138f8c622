// Something under way that may be called off, once, for a reason. Cheaper than an AbortSignal for
// the one party that runs the call; the signal is there for everybody else and made on first use.
import type { RpcError } from './error.ts'

export class Abortable {
  #aborted: RpcError | undefined
  #controller: AbortController | undefined
  #listener: ((error: RpcError) => void) | undefined

  /** Its reason, once aborted, is an RpcError. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#aborted !== undefined) this.#controller.abort(this.#aborted)
    }
    return this.#controller.signal
  }

  get aborted(): RpcError | undefined {
    return this.#aborted
  }

  abort(error: RpcError): void {
    if (this.#aborted !== undefined) return
    this.#aborted = error
    this.#controller?.abort(error)
    this.#listener?.(error)
  }

  /** The single listener, of the one who runs the call; called at once when it is too late. */
  onAbort(listener: ((error: RpcError) => void) | undefined): void {
    this.#listener = listener
    if (listener !== undefined && this.#aborted !== undefined) listener(this.#aborted)
  }
}
