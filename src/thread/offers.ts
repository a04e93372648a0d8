import type { Delivery, TrayMemory } from '../core/delivery.ts'
import type { RecordRun } from '../core/record-run.ts'
import { ClaimWords } from './claim-words.ts'
import type { WireOffers } from './protocol.ts'
import { TextRecord, TextRecords, TextsBuilder, type Texts } from './texts.ts'

/** What was offered to a client since the last message to it, of one queue. */
class Batch {
  readonly tickets: number[] = []
  readonly #figures: number[] = []
  readonly #texts = new TextsBuilder()
  /** Contexts that came together and leave together, and are copied in one piece. */
  #run: Texts | null = null
  #from = 0
  #to = 0

  push(delivery: Delivery, ticket: number): void {
    const { number, record, due, dueEpochMs, queuedAt, attempt } = delivery
    this.tickets.push(ticket)
    this.#figures.push(1, number, attempt, due, dueEpochMs ?? Number.NaN, queuedAt)
    if (record instanceof TextRecord) {
      this.#pushTexts(record.texts, record.index, 1)
    } else {
      this.#endRun()
      // A cargo is a text: see cargo.ts.
      this.#texts.push(record.id, record.subjectKey, record.cargo as string)
    }
  }

  /** The first of a run, as many as there are tickets. */
  pushRun({ records, start, number, queuedAt }: RecordRun, tickets: readonly number[]): void {
    const { length } = tickets
    for (const ticket of tickets) this.tickets.push(ticket)
    this.#figures.push(length, number, 1, queuedAt, Number.NaN, queuedAt)
    if (records instanceof TextRecords) {
      this.#pushTexts(records.texts, start, length)
    } else {
      this.#endRun()
      for (let index = start; index < start + length; index++) {
        const { id, subjectKey, cargo } = records.at(index)
        this.#texts.push(id, subjectKey, cargo as string)
      }
    }
  }

  wire(taskName: string, offsetMs: number): WireOffers {
    this.#endRun()
    const texts = this.#texts.build()
    const tickets = packed(this.tickets, Int32Array)
    const figures = packed(this.#figures, Float64Array)
    return { type: 'offers', taskName, texts, tickets, figures, offsetMs }
  }

  #pushTexts(texts: Texts, from: number, count: number): void {
    if (texts !== this.#run || from !== this.#to) {
      this.#endRun()
      this.#run = texts
      this.#from = from
    }
    this.#to = from + count
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
  #queuesWithMore = 0

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
    this.#batchOf(delivery.record.taskName).push(delivery, ticket)
    return true
  }

  offerRun(run: RecordRun): readonly number[] {
    const tickets = this.#tickets.splice(Math.max(0, this.#tickets.length - run.count))
    if (tickets.length === 0) return tickets
    for (const ticket of tickets) this.#words.offer(ticket)
    this.#batchOf(run.records.taskName).pushRun(run, tickets)
    return tickets
  }

  takeBack(ticket: number): boolean {
    if (ticket < 0 || !this.#words.takeBack(ticket)) return false
    this.#release(ticket)
    return true
  }

  /** What is done counts after everything its thread posted before: until that is here, it is still being worked on. */
  progress(ticket: number): 'offered' | 'started' | 'done' {
    const progress = this.#words.progress(ticket)
    if (progress !== 'done') return progress
    const missing = (this.#words.postedBeforeDone(ticket) - this.#received) | 0
    return missing > 0 ? 'started' : 'done'
  }

  startedAt(ticket: number): number {
    return this.#words.startedAt(ticket)
  }

  forget(ticket: number): void {
    this.#words.clear(ticket)
    this.#release(ticket)
  }

  watch(on: boolean): void {
    this.#watchers += on ? 1 : -1
    this.#words.watched = this.#watchers > 0
  }

  moreWaits(on: boolean): void {
    this.#queuesWithMore += on ? 1 : -1
    this.#words.moreWaits = this.#queuesWithMore > 0
  }

  /** What is to be sent, a message for each queue; `offsetMs` is what the calendar shows more than the clock. */
  take(offsetMs: number): WireOffers[] {
    if (this.#batches.size === 0) return []
    const offers = [...this.#batches].map(([taskName, batch]) => batch.wire(taskName, offsetMs))
    this.#batches.clear()
    return offers
  }

  #batchOf(taskName: string): Batch {
    let batch = this.#batches.get(taskName)
    if (!batch) this.#batches.set(taskName, (batch = new Batch()))
    return batch
  }

  #release(ticket: number): void {
    this.#tickets.push(ClaimWords.nextTicket(ticket))
  }
}

/** Memory of its own costs more than so few numbers. */
const fewNumbers = 24

function packed(
  numbers: number[],
  Packed: new (numbers: number[]) => ArrayLike<number>,
): ArrayLike<number> {
  return numbers.length > fewNumbers ? new Packed(numbers) : numbers
}
