import type { Delivery, TrayMemory } from '../core/delivery.ts'
import type { TaskRecord } from '../core/timetable.ts'
import { ClaimWords } from './claim-words.ts'
import type { WireOffers } from './protocol.ts'
import { TextRecord, TextsBuilder, type Texts } from './texts.ts'

/** What was offered to a client since the last message to it, of one queue. */
class Batch {
  readonly figures: number[] = []
  readonly #texts = new TextsBuilder()
  /** Contexts that came together and leave together, and are copied in one piece. */
  #run: Texts | null = null
  #from = 0
  #to = 0

  push(record: TaskRecord): void {
    if (!(record instanceof TextRecord)) {
      this.#endRun()
      // A cargo is a text: see cargo.ts.
      this.#texts.push(record.id, record.subjectKey, record.cargo as string)
    } else if (record.texts === this.#run && record.index === this.#to) {
      this.#to++
    } else {
      this.#endRun()
      this.#run = record.texts
      this.#from = record.index
      this.#to = record.index + 1
    }
  }

  wire(taskName: string, offsetMs: number): WireOffers {
    this.#endRun()
    const figures = new Float64Array(this.figures)
    return { type: 'offers', taskName, texts: this.#texts.build(), figures, offsetMs }
  }

  #endRun(): void {
    if (this.#run) this.#texts.pushRun(this.#run, this.#from, this.#to)
    this.#run = null
  }
}

/** The scheduler thread's side of what it hands a client ahead: gives tickets, sends batches, reads what became of them. */
export class Offers implements TrayMemory {
  readonly #words: ClaimWords
  readonly #tickets = ClaimWords.firstTickets()
  readonly #batches = new Map<string, Batch>()
  /** How many of the client's messages have been dealt with. */
  #received = 0
  #watchers = 0

  constructor(memory: SharedArrayBuffer) {
    this.#words = new ClaimWords(memory)
  }

  /** A message of the client has been dealt with. */
  messageReceived(): void {
    this.#received = (this.#received + 1) | 0
  }

  offer(delivery: Delivery): boolean {
    const ticket = this.#tickets.pop()
    if (ticket === undefined) return false
    delivery.ticket = ticket
    this.#words.offer(ticket)
    const { number, record, due, dueEpochMs, queuedAt, attempt } = delivery
    let batch = this.#batches.get(record.taskName)
    if (!batch) this.#batches.set(record.taskName, (batch = new Batch()))
    batch.push(record)
    batch.figures.push(number, ticket, attempt, due, dueEpochMs ?? Number.NaN, queuedAt)
    return true
  }

  takeBack(delivery: Delivery): boolean {
    const ticket = delivery.ticket ?? -1
    if (ticket < 0 || !this.#words.takeBack(ticket)) return false
    this.#release(delivery, ticket)
    return true
  }

  /** What is done counts after everything its thread posted before: until that is here, it is still being worked on. */
  progress(delivery: Delivery): 'offered' | 'started' | 'done' {
    const ticket = delivery.ticket ?? 0
    const progress = this.#words.progress(ticket)
    if (progress !== 'done') return progress
    const missing = (this.#words.postedBeforeDone(ticket) - this.#received) | 0
    return missing > 0 ? 'started' : 'done'
  }

  startedAt(delivery: Delivery): number {
    return this.#words.startedAt(delivery.ticket ?? 0)
  }

  forget(delivery: Delivery): void {
    const { ticket } = delivery
    if (typeof ticket !== 'number') return
    this.#words.clear(ticket)
    this.#release(delivery, ticket)
  }

  watch(on: boolean): void {
    this.#watchers += on ? 1 : -1
    this.#words.watched = this.#watchers > 0
  }

  /** What is to be sent, a message for each queue; `offsetMs` is what the calendar shows more than the clock. */
  take(offsetMs: number): WireOffers[] {
    if (this.#batches.size === 0) return []
    const offers = [...this.#batches].map(([taskName, batch]) => batch.wire(taskName, offsetMs))
    this.#batches.clear()
    return offers
  }

  #release(delivery: Delivery, ticket: number): void {
    delivery.ticket = null
    this.#tickets.push(ClaimWords.nextTicket(ticket))
  }
}
