import type { EventName, SchedulerEvents } from '../core/events.ts'

type AnyListener = (payload: never) => void

/** Who listens to which event in this thread. The scheduler is only asked for those that somebody listens to. */
export class Listeners {
  readonly #byName = new Map<EventName, Set<AnyListener>>()
  readonly #subscribe: (name: EventName, on: boolean) => void
  readonly #onError: (error: unknown) => void

  constructor(
    subscribe: (name: EventName, on: boolean) => void,
    onError: (error: unknown) => void,
  ) {
    this.#subscribe = subscribe
    this.#onError = onError
  }

  add<N extends EventName>(name: N, listener: (payload: SchedulerEvents[N]) => void): () => void {
    const listeners = this.#byName.get(name)
    if (listeners) {
      listeners.add(listener)
    } else {
      this.#byName.set(name, new Set<AnyListener>([listener]))
      this.#subscribe(name, true)
    }
    return () => this.#remove(name, listener)
  }

  emit(name: EventName, payload: SchedulerEvents[EventName]): void {
    for (const listener of this.#byName.get(name) ?? []) {
      try {
        // A name's listeners take that name's payload.
        listener(payload as never)
      } catch (error) {
        this.#onError(error)
      }
    }
  }

  #remove(name: EventName, listener: AnyListener): void {
    const listeners = this.#byName.get(name)
    if (!listeners?.delete(listener) || listeners.size > 0) return
    this.#byName.delete(name)
    this.#subscribe(name, false)
  }
}
