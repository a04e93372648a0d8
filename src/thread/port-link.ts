import { receiveMessageOnPort, type MessagePort } from 'node:worker_threads'
import type { ClientLink } from './calls.ts'
import { ClaimWords } from './claim-words.ts'
import type { Doorbell } from './doorbell.ts'
import type { FromServer, Request } from './protocol.ts'

/** A client's end of the way to the scheduler thread: a port each way, and two doorbells. */
export class PortLink implements ClientLink {
  readonly #port: MessagePort
  readonly #serverBell: Doorbell
  readonly #bell: Doorbell
  readonly words: ClaimWords
  #posted = 0
  #listener: (messages: readonly FromServer[]) => void = () => undefined

  constructor(port: MessagePort, serverBell: Doorbell, bell: Doorbell) {
    this.#port = port
    this.#serverBell = serverBell
    this.#bell = bell
    this.words = new ClaimWords(bell.buffer)
  }

  get posted(): number {
    return this.#posted
  }

  /** Whether the scheduler thread is known to be gone. */
  get lost(): boolean {
    return this.#bell.lost
  }

  ring(): void {
    this.#serverBell.ring()
  }

  post(requests: readonly Request[]): void {
    this.#port.postMessage(requests)
    this.#posted = (this.#posted + 1) | 0
    this.#serverBell.ring()
  }

  receive(listener: (messages: readonly FromServer[]) => void): void {
    this.#listener = listener
    this.#port.on('message', listener)
    this.#port.unref()
  }

  /** Calls back when the other end is gone. */
  onClose(listener: () => void): void {
    this.#port.on('close', listener)
  }

  keepAlive(on: boolean): void {
    if (on) this.#port.ref()
    else this.#port.unref()
  }

  block(done: () => boolean): void {
    while (!done() && !this.#bell.lost) {
      const count = this.#bell.count()
      if (!this.poll() && !done()) this.#bell.sleep(count, Infinity)
    }
    // What was posted before the scheduler was lost is still here.
    if (!done()) this.poll()
  }

  close(): void {
    this.#port.close()
  }

  /** Deals with what has arrived; false when nothing has. */
  poll(): boolean {
    let any = false
    for (let next = this.#receive(); next; next = this.#receive()) {
      any = true
      this.#listener(next)
    }
    return any
  }

  #receive(): readonly FromServer[] | undefined {
    const received: { message: readonly FromServer[] } | undefined = receiveMessageOnPort(
      this.#port,
    )
    return received?.message
  }
}
