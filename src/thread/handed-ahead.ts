import type { Clock } from '../core/clock.ts'
import type { ContextScheduler } from '../core/context.ts'
import type { AnyContext } from '../core/task-scheduler.ts'
import { AlikeJson } from './alike-json.ts'
import type { ClaimWords } from './claim-words.ts'
import { OffersAtHand } from './offers-at-hand.ts'
import type { WireOffers } from './protocol.ts'

/** What was handed ahead of one queue, in order. */
interface Line {
  readonly taskName: string
  readonly batches: OffersAtHand[]
  left: number
  /** When so few are left, the scheduler thread is told that there is room, once, if it has more. */
  low: number
}

/**
 * The client's side of what it was handed ahead. Nothing here is this thread's before it is started, and by then
 * somebody else may have it.
 */
export class HandedAhead {
  readonly #words: ClaimWords
  readonly #clock: Clock
  readonly #scheduler: ContextScheduler
  readonly #ring: () => void
  readonly #alike = new AlikeJson()
  /** Those in which something is left. */
  readonly #lines = new Map<string, Line>()
  /** The one that was asked for last, which mostly is the next, by the same string. */
  #lastName = ''
  #lastLine: Line | null = null

  constructor(words: ClaimWords, clock: Clock, scheduler: ContextScheduler, ring: () => void) {
    this.#words = words
    this.#clock = clock
    this.#scheduler = scheduler
    this.#ring = ring
  }

  add(offers: WireOffers): void {
    this.forgetTakenBack()
    const { taskName } = offers
    let line = this.#lines.get(taskName)
    if (!line) this.#lines.set(taskName, (line = { taskName, batches: [], left: 0, low: 0 }))
    line.batches.push(new OffersAtHand(offers, this.#alike))
    line.left += offers.tickets.length
    line.low = line.left >> 1
  }

  /** Whether something of a queue may still be to be had. */
  mayHave(taskName: string): boolean {
    return this.#lineOf(taskName) !== null
  }

  /** Starts the first of a queue that is still to be had; null when there is none. @throws {UnpackError} when it is started. */
  start(taskName: string): AnyContext | null {
    const line = this.#lineOf(taskName)
    if (!line) return null
    for (let batch = line.batches[0]; batch; batch = line.batches[0]) {
      const at = this.#clock.now()
      const isOurs = this.#words.start(batch.ticket, at)
      this.#leaves(line, batch)
      if (line.left <= line.low && this.#words.moreWaits) {
        line.low = -1
        this.#ring()
      }
      if (isOurs) return batch.take(at, this.#scheduler)
      batch.skip()
    }
    return null
  }

  /** Forgets what is not to be had any more: nobody may ever ask for more of its queue. */
  forgetTakenBack(): void {
    for (const line of this.#lines.values()) {
      for (let batch = line.batches[0]; batch; batch = line.batches[0]) {
        if (this.#words.isOffered(batch.ticket)) break
        this.#leaves(line, batch)
        batch.skip()
      }
    }
  }

  /** Publishes that one is done, for good; false when it is not this thread's any more. */
  finish(ticket: number, posted: number): boolean {
    const isOurs = this.#words.finish(ticket, posted)
    if (isOurs && !this.#words.watched) this.#ring()
    return isOurs
  }

  #lineOf(taskName: string): Line | null {
    if (this.#lastLine === null || this.#lastName !== taskName) {
      this.#lastName = taskName
      this.#lastLine = this.#lines.get(taskName) ?? null
    }
    return this.#lastLine
  }

  /** The next of that batch leaves, whosever it is. */
  #leaves(line: Line, { count }: OffersAtHand): void {
    line.left--
    if (count > 1) return
    line.batches.shift()
    if (line.left > 0) return
    this.#lines.delete(line.taskName)
    this.#lastLine = null
  }
}
