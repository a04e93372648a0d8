import type { ContextScheduler } from '../core/context.ts'
import type { AnyContext } from '../core/task-scheduler.ts'
import type { AlikeJson } from './alike-json.ts'
import { AttributesAhead } from './attributes-ahead.ts'
import {
  attributesStart,
  contextWithout,
  headOf,
  unpackContext,
  UnpackError,
  type UnpackedDelivery,
} from './cargo.ts'
import * as offerLayout from './offer-layout.ts'
import type { WireOffers } from './protocol.ts'
import { cargoStart, idAt, subjectKeyAt } from './texts.ts'

const {
  attemptFigure,
  countFigure,
  dueFigure,
  epochFigure,
  figuresPerRun,
  numberFigure,
  queuedFigure,
} = offerLayout

/** What contexts have alike that are told of together: see offer-layout.ts. */
interface Run {
  readonly firstNumber: number
  readonly count: number
  readonly attempt: number
  readonly due: number
  readonly dueMs: number
  readonly queuedMs: number
  readonly offsetMs: number
}

/** One that was handed ahead and started here. What nobody may ask for is worked out when it is asked for. */
class StartedDelivery implements UnpackedDelivery {
  readonly number: number
  readonly from: ContextScheduler
  ticket: number | null
  readonly #run: Run
  /** On the scheduler's time line. */
  readonly #at: number

  constructor(run: Run, place: number, ticket: number, at: number, from: ContextScheduler) {
    this.number = run.firstNumber + place
    this.from = from
    this.ticket = ticket
    this.#run = run
    this.#at = at
  }

  get attempt(): number {
    return this.#run.attempt
  }

  get dueMs(): number {
    return this.#run.dueMs
  }

  get queuedMs(): number {
    return this.#run.queuedMs
  }

  get takenMs(): number {
    return this.#at + this.#run.offsetMs
  }

  get lateness(): number {
    return Math.max(0, this.#at - this.#run.due) / 1000
  }
}

/** Contexts of one queue that came in one message ahead of this thread's asking, in order. */
export class OffersAtHand {
  readonly #offers: WireOffers
  readonly #attributes: AttributesAhead
  /** The next. */
  #at = 0
  /** The run that it is in, where that run's figures begin, and its place there. */
  #run: Run
  #figures = 0
  #atInRun = 0

  constructor(offers: WireOffers, alike: AlikeJson) {
    this.#offers = offers
    this.#attributes = new AttributesAhead(offers.texts, alike)
    this.#run = runAt(offers, 0)
  }

  /** How many are left. */
  get count(): number {
    return this.#offers.tickets.length - this.#at
  }

  /** The ticket of the next. */
  get ticket(): number {
    return this.#offers.tickets[this.#at] ?? 0
  }

  /** The next is somebody else's. */
  skip(): void {
    this.#at++
    if (++this.#atInRun < this.#run.count) return
    this.#atInRun = 0
    this.#run = runAt(this.#offers, (this.#figures += figuresPerRun))
  }

  /** The next was started at that time: gives its context. @throws {UnpackError} */
  take(at: number, from: ContextScheduler): AnyContext {
    const { texts, taskName } = this.#offers
    const index = this.#at
    const delivery = new StartedDelivery(this.#run, this.#atInRun, this.ticket, at, from)
    this.skip()
    const cargo = cargoStart(texts, index)
    const start = attributesStart(texts.text, cargo)
    const id = idAt(texts, index)
    const subjectKey = subjectKeyAt(texts, index)
    const head = headOf(texts.text, cargo, start)
    try {
      const attributes = this.#attributes.unpack(index, start)
      return unpackContext(id, taskName, subjectKey, head, attributes, delivery)
    } catch (error) {
      throw new UnpackError(contextWithout(id, taskName, subjectKey, head, delivery), error)
    }
  }
}

function runAt({ figures, offsetMs }: WireOffers, base: number): Run {
  const due = figures[base + dueFigure] ?? 0
  const epochMs = figures[base + epochFigure] ?? Number.NaN
  return {
    firstNumber: figures[base + numberFigure] ?? 0,
    count: figures[base + countFigure] ?? 0,
    attempt: figures[base + attemptFigure] ?? 1,
    due,
    dueMs: Number.isNaN(epochMs) ? due + offsetMs : epochMs,
    queuedMs: (figures[base + queuedFigure] ?? 0) + offsetMs,
    offsetMs,
  }
}
