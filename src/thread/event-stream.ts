import Denque from 'denque'
import { OptionsError, SchedulerStoppedError, shown, type SchedulerError } from '../core/errors.ts'
import type { EventName, SchedulerEvent } from '../core/events.ts'
import { watchAbort } from './abort-watch.ts'
import { deferred, type Deferred } from './deferred.ts'

/**
 * Stands in the place of events that the buffer had no room for: `count` of them happened since the event before, and
 * the last of them at `at`.
 */
export interface EventsDropped {
  readonly type: 'eventsDropped'
  readonly at: Date
  readonly count: number
}

/** What comes out of `events()`. */
export type StreamedEvent<N extends EventName = EventName> = SchedulerEvent<N> | EventsDropped

export interface EventsOptions<N extends EventName = EventName> {
  /** Which to be told of. @default all */
  readonly events?: readonly N[]
  /** How many are kept for a loop that is slower than they come; then the oldest are dropped. @default 1000 */
  readonly buffer?: number
  /** Ends the loop: it throws the signal's reason. */
  readonly signal?: AbortSignal
}

/** The default of `buffer`. */
const defaultBuffer = 1000

/** @throws {OptionsError} */
export function bufferOf(buffer: unknown = defaultBuffer): number {
  if (typeof buffer === 'number' && Number.isSafeInteger(buffer) && buffer >= 1) return buffer
  throw new OptionsError(
    `Expected buffer of events to be a whole number from 1, got ${shown(buffer)}.`,
  )
}

type Step = IteratorResult<StreamedEvent, undefined>

/**
 * Events as they come, for one loop. What the loop has not asked for yet is kept, up to a bound: of the ways to keep
 * memory bounded, a scheduler cannot wait for its slowest listener, the newest events say how things stand, and a gap
 * that is told where it is cannot be overlooked.
 *
 *     oldest ◀── dropped: count ── [ e4 e5 e6 ] ◀── e7
 */
export class EventStream implements AsyncIterableIterator<StreamedEvent, undefined> {
  readonly #kept = new Denque<SchedulerEvent>()
  readonly #asking = new Denque<Deferred<Step>>()
  readonly #buffer: number
  readonly #hold: () => () => void
  /** Ends the listening; nothing comes after that. */
  #leave: () => void = () => undefined
  #release: () => void = () => undefined
  #dropped = 0
  #droppedAt = new Date(0)
  #ended = false
  #error: { readonly reason: unknown } | null = null

  /** `hold` is called when somebody begins to wait, and gives what is to be called when nobody does any more. */
  constructor(buffer: number, hold: () => () => void) {
    this.#buffer = buffer
    this.#hold = hold
  }

  /** Sets what ends the listening, and whose signal ends the loop. */
  begin(leave: () => void, signal: AbortSignal | undefined): void {
    this.#leave = leave
    if (!signal) return
    const abort = (): void => {
      this.#kept.clear()
      this.#dropped = 0
      this.#end({ reason: signal.reason })
    }
    if (signal.aborted) return abort()
    const unwatch = watchAbort(signal, abort)
    this.#leave = () => {
      unwatch()
      leave()
    }
  }

  push(event: SchedulerEvent): void {
    if (this.#ended) return
    if (this.#asking.length > 0) return this.#settle({ value: event, done: false })
    if (this.#kept.length === this.#buffer) {
      const oldest = this.#kept.shift()
      this.#dropped++
      if (oldest) this.#droppedAt = oldest.at
    }
    this.#kept.push(event)
  }

  /** The scheduler is no more: the loop ends after what is kept; with this error, unless it was stopped. */
  finish(error: SchedulerError): void {
    this.#end(error instanceof SchedulerStoppedError ? null : { reason: error })
  }

  async next(): Promise<Step> {
    const ready = this.#ready()
    if (ready) return ready
    if (this.#error) {
      const { reason } = this.#error
      this.#error = null
      throw reason
    }
    if (this.#ended) return over
    const asking = deferred<Step>()
    if (this.#asking.push(asking) === 1) this.#release = this.#hold()
    return asking.promise
  }

  async return(): Promise<Step> {
    this.#kept.clear()
    this.#dropped = 0
    this.#end(null)
    this.#error = null
    return over
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #ready(): Step | null {
    if (this.#dropped > 0) {
      const value = { type: 'eventsDropped', at: this.#droppedAt, count: this.#dropped } as const
      this.#dropped = 0
      return { value, done: false }
    }
    const event = this.#kept.shift()
    return event ? { value: event, done: false } : null
  }

  #end(error: { readonly reason: unknown } | null): void {
    if (this.#ended) return
    this.#ended = true
    this.#error = error
    this.#leave()
    // The first of those who ask hears why, the others that it is over.
    const [first, ...others] = this.#asking.toArray()
    this.#asking.clear()
    if (!first) return
    this.#release()
    if (this.#error) first.reject(this.#error.reason)
    else first.resolve(over)
    this.#error = null
    for (const one of others) one.resolve(over)
  }

  #settle(step: Step): void {
    this.#asking.shift()?.resolve(step)
    if (this.#asking.length === 0) this.#release()
  }
}

const over: Step = { value: undefined, done: true }
