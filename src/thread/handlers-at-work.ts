/** The signals of handlers at work, by the delivery that each works on. */
export class HandlersAtWork {
  readonly #controllers = new Map<number, AbortController>()

  /** Calls a handler with a signal of its own; what it throws is thrown. */
  async run(delivery: number, call: (signal: AbortSignal) => unknown): Promise<void> {
    const controller = new AbortController()
    this.#controllers.set(delivery, controller)
    try {
      await call(controller.signal)
    } finally {
      this.#controllers.delete(delivery)
    }
  }

  abort(delivery: number): void {
    this.#controllers.get(delivery)?.abort()
  }

  abortAll(reason: unknown): void {
    for (const controller of this.#controllers.values()) controller.abort(reason)
  }
}
