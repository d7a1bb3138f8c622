// What a connection tells the program that owns it. A base class with empty methods rather than
// optional callbacks, so that a call on the hot path has nothing to test.
import type { FrameScanner } from './frame-scanner.ts'

/** The message a connection has just received; the next one overwrites it. */
export type Delivery = {
  readonly scanner: FrameScanner
  readonly deliveryTag: number
  readonly redelivered: boolean
  /** The consumer tag when it is a number, else without meaning. */
  readonly consumer: number
  readonly bodySize: number
  /** Microseconds as the publisher wrote them, 0 where it did not. */
  readonly stamp: number
  readonly producer: number
  /** -1 where the body is too short to hold one. */
  readonly sequence: number
}

export class Receiver {
  /** A delivered or fetched message is complete; its particulars are fields of `_delivery`. */
  onDelivery(_delivery: Delivery): void {}
  /** The content header of the message being received; its properties can be read at `_at`. */
  onContentHeader(_delivery: Delivery, _at: number): void {}
  onReturn(): void {}
  onConfirm(_tag: number, _multiple: boolean, _accepted: boolean): void {}
  onGetEmpty(): void {}
  /** The broker asks publishers to stop (alarm or channel.flow) or to go on. */
  onPause(_paused: boolean): void {}
  /** Everything that one read of the socket brought has been handled. */
  onReadEnd(): void {}
  /** The connection broke or the broker closed it or its channel. */
  onFailure(error: Error): void {
    throw error
  }
}
