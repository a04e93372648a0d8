import type { Clock } from '../core/clock.ts'
import { figuresPerOffer, type ClaimWords } from './claim-words.ts'
import type { WireDelivery, WireOffers } from './protocol.ts'
import { cargoAt, idAt, subjectKeyAt } from './texts.ts'

/** A context that this thread has started, and the ticket by which it says when it is done. */
export interface StartedDelivery extends WireDelivery {
  readonly ticket: number
}

/** What was handed ahead of one queue, in order. */
interface Line {
  readonly batches: WireOffers[]
  /** The next of the first batch. */
  at: number
  left: number
  /** When so few are left, the scheduler thread is told that there is room. */
  low: number
}

/**
 * The client's side of what it was handed ahead. Nothing here is this thread's before it is started, and by then
 * somebody else may have it.
 */
export class HandedAhead {
  readonly #words: ClaimWords
  readonly #clock: Clock
  readonly #ring: () => void
  readonly #lines = new Map<string, Line>()

  constructor(words: ClaimWords, clock: Clock, ring: () => void) {
    this.#words = words
    this.#clock = clock
    this.#ring = ring
  }

  add(offers: WireOffers): void {
    let line = this.#lines.get(offers.taskName)
    if (!line) this.#lines.set(offers.taskName, (line = { batches: [], at: 0, left: 0, low: 0 }))
    line.batches.push(offers)
    line.left += offers.figures.length / figuresPerOffer
    line.low = line.left >> 1
  }

  /** Starts the first of a queue that is still to be had; null when there is none. */
  start(taskName: string): StartedDelivery | null {
    const line = this.#lines.get(taskName)
    if (!line) return null
    for (let [batch] = line.batches; batch; [batch] = line.batches) {
      const index = line.at++
      line.left--
      if (line.at * figuresPerOffer === batch.figures.length) {
        line.batches.shift()
        line.at = 0
      }
      const ticket = batch.figures[index * figuresPerOffer + 1] ?? 0
      const at = this.#clock.now()
      const isOurs = this.#words.start(ticket, at)
      if (line.left === line.low) this.#ring()
      if (isOurs) return deliveryOf(batch, index, at)
    }
    return null
  }

  /** Publishes that one is done, for good; false when it is not this thread's any more. */
  finish(ticket: number, posted: number): boolean {
    const isOurs = this.#words.finish(ticket, posted)
    if (isOurs && !this.#words.watched) this.#ring()
    return isOurs
  }
}

function deliveryOf(batch: WireOffers, index: number, at: number): StartedDelivery {
  const { taskName, texts, figures, offsetMs } = batch
  const base = index * figuresPerOffer
  const due = figures[base + 3] ?? 0
  const epochMs = figures[base + 4] ?? Number.NaN
  return {
    number: figures[base] ?? 0,
    ticket: figures[base + 1] ?? 0,
    record: {
      id: idAt(texts, index),
      taskName,
      subjectKey: subjectKeyAt(texts, index),
      cargo: cargoAt(texts, index),
    },
    attempt: figures[base + 2] ?? 1,
    dueMs: Number.isNaN(epochMs) ? due + offsetMs : epochMs,
    queuedMs: (figures[base + 5] ?? 0) + offsetMs,
    takenMs: at + offsetMs,
    lateness: Math.max(0, at - due) / 1000,
  }
}
