import { OptionsError, shown } from '../core/errors.ts'
import {
  eventNames,
  isEventName,
  type EventName,
  type SchedulerEvent,
  type SchedulerEvents,
} from '../core/events.ts'
import { nearestName } from '../core/nearest-name.ts'

/** What happened, and its payload as it came. */
export interface Happening {
  readonly name: EventName
  readonly payload: SchedulerEvents[EventName]
  readonly atMs: number
}

/** One who listens. */
export interface Subscription {
  /** What it was made with; `removeListener` finds it by that. */
  readonly listener: unknown
  readonly names: readonly EventName[]
  hear(happening: Happening): unknown
}

/**
 * Who listens to which event in this thread. The scheduler is only asked for those that somebody listens to.
 *
 * Listeners of one event are called in the order in which they were added. One that throws, or whose promise is
 * rejected, is reported, and the others are called all the same. Who is added while an event is told hears the next;
 * who is removed hears no more.
 */
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

  /** Gives a function that ends it; calling that again does nothing. */
  add(subscription: Subscription): () => void {
    for (const name of subscription.names) {
      const subscriptions = this.#byName.get(name)
      if (subscriptions) {
        subscriptions.add(subscription)
      } else {
        this.#byName.set(name, new Set([subscription]))
        this.#subscribe(name, true)
      }
    }
    return () => this.remove(subscription)
  }

  /** The subscriptions of a listener. */
  of(listener: unknown): Subscription[] {
    const all = new Set([...this.#byName.values()].flatMap((subscriptions) => [...subscriptions]))
    return [...all].filter((subscription) => subscription.listener === listener)
  }

  emit(happening: Happening): void {
    const subscriptions = this.#byName.get(happening.name)
    if (!subscriptions) return
    // A copy, and asked again: a listener may add and remove listeners.
    for (const subscription of Array.from(subscriptions)) {
      if (subscriptions.has(subscription)) this.#tell(subscription, happening)
    }
  }

  remove(subscription: Subscription): void {
    for (const name of subscription.names) {
      const subscriptions = this.#byName.get(name)
      if (!subscriptions?.delete(subscription) || subscriptions.size > 0) continue
      this.#byName.delete(name)
      this.#subscribe(name, false)
    }
  }

  #tell(subscription: Subscription, happening: Happening): void {
    try {
      const heard = subscription.hear(happening)
      if (isThenable(heard)) Promise.resolve(heard).catch(this.#onError)
    } catch (error) {
      this.#onError(error)
    }
  }
}

/** The event as listeners of more than one name are given it. */
export function eventOf({ name, payload, atMs }: Happening): SchedulerEvent {
  // The compiler cannot see that a name and its payload make one of the union's members.
  return { type: name, at: new Date(atMs), ...payload } as SchedulerEvent
}

/** The names to listen to; all of them when none are given. @throws {OptionsError} */
export function listenedNames(verb: string, events: unknown): readonly EventName[] {
  if (events === undefined) return [...eventNames].filter(isEventName)
  if (!Array.isArray(events) || events.length === 0) {
    const example = "a list such as ['taskDone'], or nothing for all"
    throw new OptionsError(`Expected the events of ${verb} to be ${example}, got ${shown(events)}.`)
  }
  return [...new Set(events.map(checkEventName))]
}

/** @throws {OptionsError} for what is no event's name; says which is near. */
export function checkEventName(name: unknown): EventName {
  if (isEventName(name)) return name
  const near = typeof name === 'string' ? nearestName(name, eventNames) : null
  const meant = near === null ? '' : ` Did you mean '${near}'?`
  throw new OptionsError(`Expected the name of an event, got ${shown(name)}.${meant}`)
}

/** @throws {OptionsError} */
export function checkListener(listener: unknown): void {
  if (typeof listener === 'function') return
  throw new OptionsError(`Expected a listener to be a function, got ${shown(listener)}.`)
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    'then' in value &&
    typeof value.then === 'function'
  )
}
