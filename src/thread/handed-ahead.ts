import type { Clock } from '../core/clock.ts'
import type { ClaimWords } from './claim-words.ts'
import {
  attemptFigure,
  countFigure,
  dueFigure,
  epochFigure,
  figuresPerRun,
  numberFigure,
  queuedFigure,
} from './offered-figures.ts'
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
  /** Where the figures begin of the run that it is in, and its place there. */
  figures: number
  atInRun: number
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
  readonly #ring: () => void
  readonly #lines = new Map<string, Line>()

  constructor(words: ClaimWords, clock: Clock, ring: () => void) {
    this.#words = words
    this.#clock = clock
    this.#ring = ring
  }

  add(offers: WireOffers): void {
    let line = this.#lines.get(offers.taskName)
    if (!line) this.#lines.set(offers.taskName, (line = newLine()))
    line.batches.push(offers)
    line.left += offers.tickets.length
    line.low = line.left >> 1
  }

  /** Starts the first of a queue that is still to be had; null when there is none. */
  start(taskName: string): StartedDelivery | null {
    const line = this.#lines.get(taskName)
    if (!line) return null
    for (let [batch] = line.batches; batch; [batch] = line.batches) {
      const { at: index, figures, atInRun } = line
      step(line, batch)
      const ticket = batch.tickets[index] ?? 0
      const at = this.#clock.now()
      const isOurs = this.#words.start(ticket, at)
      if (line.left <= line.low && this.#words.moreWaits) {
        line.low = -1
        this.#ring()
      }
      if (isOurs) return deliveryOf(batch, index, figures, atInRun, at)
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

function newLine(): Line {
  return { batches: [], at: 0, figures: 0, atInRun: 0, left: 0, low: 0 }
}

/** Moves on to the next. */
function step(line: Line, batch: WireOffers): void {
  line.left--
  if (++line.at === batch.tickets.length) {
    line.batches.shift()
    line.at = line.figures = line.atInRun = 0
  } else if (++line.atInRun === batch.figures[line.figures + countFigure]) {
    line.figures += figuresPerRun
    line.atInRun = 0
  }
}

function deliveryOf(
  { taskName, texts, tickets, figures, offsetMs }: WireOffers,
  index: number,
  base: number,
  atInRun: number,
  at: number,
): StartedDelivery {
  const due = figures[base + dueFigure] ?? 0
  const epochMs = figures[base + epochFigure] ?? Number.NaN
  return {
    number: (figures[base + numberFigure] ?? 0) + atInRun,
    ticket: tickets[index] ?? 0,
    record: {
      id: idAt(texts, index),
      taskName,
      subjectKey: subjectKeyAt(texts, index),
      cargo: cargoAt(texts, index),
    },
    attempt: figures[base + attemptFigure] ?? 1,
    dueMs: Number.isNaN(epochMs) ? due + offsetMs : epochMs,
    queuedMs: (figures[base + queuedFigure] ?? 0) + offsetMs,
    takenMs: at + offsetMs,
    lateness: Math.max(0, at - due) / 1000,
  }
}
