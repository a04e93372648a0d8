import type { EventName, SchedulerEvents } from '../core/events.ts'

/** One who listens; the same function may listen twice. */
interface Subscription {
  readonly listener: (payload: never) => void
}

/** Who listens to which event in this thread. The scheduler is only asked for those that somebody listens to. */
export class Listeners {
  readonly #byName = new Map<EventName, Set<Subscription>>()
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
    const subscription: Subscription = { listener }
    const subscriptions = this.#byName.get(name)
    if (subscriptions) {
      subscriptions.add(subscription)
    } else {
      this.#byName.set(name, new Set([subscription]))
      this.#subscribe(name, true)
    }
    return () => this.#remove(name, subscription)
  }

  emit(name: EventName, payload: SchedulerEvents[EventName]): void {
    for (const { listener } of this.#byName.get(name) ?? []) {
      try {
        // A name's listeners take that name's payload.
        listener(payload as never)
      } catch (error) {
        this.#onError(error)
      }
    }
  }

  #remove(name: EventName, subscription: Subscription): void {
    const subscriptions = this.#byName.get(name)
    if (!subscriptions?.delete(subscription) || subscriptions.size > 0) return
    this.#byName.delete(name)
    this.#subscribe(name, false)
  }
}
