import type { Clock } from '../core/clock.ts'
import { stateOf, type ContextScheduler } from '../core/context.ts'
import { ContextTypeError } from '../core/errors.ts'
import type { JobFailure } from '../core/events.ts'
import type { AnyContext } from '../core/task-scheduler.ts'
import type { ClientLink, ServerCalls } from './calls.ts'
import { UnpackError, unpackDelivery } from './cargo.ts'
import { HandedAhead } from './handed-ahead.ts'
import type { Arguments, WireDelivery, WireOffers } from './protocol.ts'
import { contextOf } from './verb-options.ts'
import { encodeError } from './wire-error.ts'

/** Taking contexts and finishing them: from what was handed ahead, and else by asking. */
export class Taking {
  readonly #calls: ServerCalls
  readonly #link: ClientLink
  readonly #scheduler: ContextScheduler
  readonly #ahead: HandedAhead | null
  readonly #onUnreadable: (context: AnyContext, error: unknown) => void
  #aheadEnded = false
  /** Called when this thread first asks. */
  onFirst: (() => void) | null = null

  constructor(
    calls: ServerCalls,
    link: ClientLink,
    clock: Clock,
    scheduler: ContextScheduler,
    onUnreadable: (context: AnyContext, error: unknown) => void,
  ) {
    this.#calls = calls
    this.#onUnreadable = onUnreadable
    this.#link = link
    this.#scheduler = scheduler
    this.#ahead = link.words && new HandedAhead(link.words, clock, scheduler, () => link.ring())
  }

  /** This thread asks for a context. */
  asks(): void {
    this.onFirst?.()
    this.onFirst = null
  }

  /** From now on this thread starts nothing that it has not asked for, and the answer to that may be that all has ended. */
  endAhead(): void {
    this.#aheadEnded = true
  }

  /** Something was handed ahead. */
  receive(offers: WireOffers): void {
    this.#ahead?.add(offers)
  }

  /** A context that needs no asking for; null when there is none. */
  takeReady(taskName: string): AnyContext | null {
    // Nothing is sent for nothing: what was finished before goes with the question for the next, in one message.
    if (this.#aheadEnded || this.#calls.ended !== null || !this.#ahead?.mayHave(taskName))
      return null
    for (;;) {
      // What was finished before is posted before the next is begun: that this thread dies of it undoes nothing.
      this.#calls.flush()
      try {
        return this.#ahead.start(taskName)
      } catch (error) {
        this.#unreadable(error)
      }
    }
  }

  /** A context for somebody who asks, if it can be had without waiting. */
  takeAtOnce(taskName: string, signal: AbortSignal | undefined): AnyContext | null {
    this.asks()
    return signal?.aborted ? null : this.takeReady(taskName)
  }

  /** Asks for a context. */
  async ask(args: Arguments<'getTask'>, signal: AbortSignal | undefined): Promise<AnyContext> {
    this.#ahead?.forgetTakenBack()
    for (;;) {
      const delivery = await this.#calls.call('getTask', args, {
        signal,
        waits: true,
        tooLate: (late) => this.#calls.tell('giveBack', late.number),
      })
      const context = this.context(delivery)
      if (context) return context
    }
  }

  /** What was handed over, as an object of this thread; null if it is none that can be worked on, and was dealt with. */
  context(delivery: WireDelivery): AnyContext | null {
    try {
      return unpackDelivery(delivery, this.#scheduler)
    } catch (error) {
      this.#unreadable(error)
      return null
    }
  }

  /** Which delivery a context of this client is. @throws {ContextTypeError} for any other. */
  deliveryOf(value: unknown): number {
    const context = contextOf(value)
    const { delivery } = stateOf(context)
    if (delivery !== null && delivery.from === this.#scheduler) return delivery.number
    throw new ContextTypeError(
      `Expected the context that getTask of this scheduler gave, got another object for context ${context.id}.`,
    )
  }

  /** Finishes one that was handed ahead, at once and for good; false for another, which has to be told of. */
  finishStarted(context: AnyContext): boolean {
    const { delivery } = stateOf(context)
    const ticket = delivery?.ticket ?? null
    if (!delivery || ticket === null || !this.#ahead || this.#calls.ended) return false
    // Shared memory says that it is done, and not how it went.
    if (failureOf(context) !== undefined) return false
    delivery.ticket = null
    // It takes effect after everything that was called before it, also when this thread dies right after this.
    this.#calls.flush()
    return this.#ahead.finish(ticket, this.#link.posted)
  }

  /** Finishes a context; null when that is over. @throws {ContextTypeError} */
  finish(context: AnyContext): Promise<void> | null {
    const delivery = this.deliveryOf(context)
    if (this.finishStarted(context)) return null
    return this.#calls.call('finish', [delivery, failureOf(context)])
  }

  /** One was taken that cannot be unpacked: it is heard of, and done, as one whose handler threw. */
  #unreadable(error: unknown): void {
    if (!(error instanceof UnpackError)) throw error
    const { context, cause } = error
    context.setLastError(cause)
    this.#onUnreadable(context, cause)
    // The scheduler may be gone: then it is nobody's any more.
    this.finish(context)?.catch(() => undefined)
  }
}

/** What went wrong in the run of a job; whoever took another context knows it already. */
export function failureOf(context: AnyContext): JobFailure | undefined {
  const { jobId, lastError } = stateOf(context)
  if (jobId === null || lastError === null) return undefined
  const { name, message, code, stack } = encodeError(lastError)
  return { name, message, code, stack }
}
