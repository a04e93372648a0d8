import type { SchedulerError } from '../core/errors.ts'
import type { EventName, SchedulerEvent, SchedulerEvents } from '../core/events.ts'
import {
  bufferOf,
  EventStream,
  type EventsDropped,
  type EventsOptions,
  type StreamedEvent,
} from './event-stream.ts'
import {
  checkEventName,
  checkListener,
  eventOf,
  listenedNames,
  Listeners,
  type Happening,
} from './listeners.ts'
import { checkVerbOptions } from './verb-options.ts'

/**
 * What a client can hear of the scheduler.
 *
 * Every client hears every event, wherever it was caused, and all clients hear them in the order in which they happened
 * on the scheduler thread. Listening begins with the call: what a verb causes that the same thread calls later is heard. An event that nobody listens to costs nothing. A listener keeps no thread
 * alive; a loop that waits for an event does, unless the scheduler was made with `unref`.
 */
export abstract class EventClient {
  readonly #streams = new Set<EventStream>()
  readonly #listeners = new Listeners(
    (name, on) => this.listen(name, on),
    (error) => this.listenerThrew(error),
  )
  /** Why nothing is heard any more. */
  #silent: SchedulerError | null = null

  /** Has the scheduler tell this client of an event, or tell it no more. */
  protected abstract listen(name: EventName, on: boolean): void
  protected abstract listenerThrew(error: unknown): void
  /** Keeps this thread alive while somebody waits for an event; gives what ends that. */
  protected abstract holdAlive(): () => void

  /**
   * Calls a listener with the payload of every event of one name. Gives a function that ends it.
   * A listener that throws, or whose promise is rejected, is logged and harms nobody.
   * @throws {OptionsError} for what is no event, or no function.
   */
  on<N extends EventName>(name: N, listener: (payload: SchedulerEvents[N]) => unknown): () => void {
    const names = [checkEventName(name)]
    checkListener(listener)
    // A name's listeners take that name's payload.
    const hear = ({ payload }: Happening): unknown => listener(payload as SchedulerEvents[N])
    return this.#listeners.add({ listener, names, hear })
  }

  /**
   * Calls a listener with every event of these names, of all when none are given. Gives a function that ends it. Added
   * again, the listener has the new names instead. One that throws is logged and harms nobody.
   * @throws {OptionsError} for what is no event, or no function.
   * @example
   * scheduler.addListener(({ type, id }) => console.log(type, id), ['taskTaken', 'taskDone'])
   * Source: APScheduler's `add_listener(callback, mask)`.
   */
  addListener<N extends EventName = EventName>(
    listener: (event: SchedulerEvent<N>) => unknown,
    events?: readonly N[],
  ): () => void {
    const names = listenedNames('addListener', events)
    checkListener(listener)
    // It is called with events of its names only.
    const hear = (happened: Happening): unknown => listener(eventOf(happened) as SchedulerEvent<N>)
    // First the new, so that a name which is in both is not asked for anew.
    const earlier = this.#listeners.of(listener)
    const remove = this.#listeners.add({ listener, names, hear })
    for (const subscription of earlier) this.#listeners.remove(subscription)
    return remove
  }

  /** Ends all that a listener was added for, by `on` too; false when it did not listen. */
  removeListener(listener: (event: never) => unknown): boolean {
    checkListener(listener)
    const its = this.#listeners.of(listener)
    for (const subscription of its) this.#listeners.remove(subscription)
    return its.length > 0
  }

  /**
   * Events as they come, from this call on, for one loop. Of those that the loop has not asked for yet, `buffer` are
   * kept; then the oldest are dropped, and `{ type: 'eventsDropped', count }` comes in their place. The loop ends when
   * the scheduler stops, after what is kept.
   * @throws {OptionsError} for options that are not what they should be.
   * @example
   * for await (const event of scheduler.events({ events: ['workerExited'] })) {
   *   if (event.type === 'workerExited') console.log(event.at, event.reason)
   * }
   */
  events<N extends EventName = EventName>(
    options: EventsOptions<N> = {},
  ): AsyncIterableIterator<StreamedEvent<N>, undefined> {
    checkVerbOptions('events', options, { events: 'list', buffer: 'number', signal: 'signal' })
    const names = listenedNames('events', options.events)
    const stream = new EventStream(bufferOf(options.buffer), () => this.holdAlive())
    const hear = (happened: Happening): void => stream.push(eventOf(happened))
    const remove = this.#listeners.add({ listener: stream, names, hear })
    this.#streams.add(stream)
    stream.begin(() => {
      this.#streams.delete(stream)
      remove()
    }, options.signal)
    if (this.#silent) stream.finish(this.#silent)
    // It is given events of these names only.
    return stream as AsyncIterableIterator<SchedulerEvent<N> | EventsDropped, undefined>
  }

  protected tellListeners(happened: Happening): void {
    this.#listeners.emit(happened)
  }

  /** Nothing more will be heard: loops end after what they have been given. */
  protected endEvents(error: SchedulerError): void {
    this.#silent ??= error
    for (const stream of this.#streams) stream.finish(error)
  }
}
