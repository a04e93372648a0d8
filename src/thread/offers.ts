import type { Delivery, TrayMemory } from '../core/delivery.ts'
import type { RecordRun } from '../core/record-run.ts'
import { ClaimWords } from './claim-words.ts'
import { OfferedBatch } from './offered-batch.ts'
import type { WireOffers } from './protocol.ts'

/** The scheduler thread's side of what it hands a client ahead: gives tickets, sends batches, reads what became of them. */
export class Offers implements TrayMemory {
  readonly #words: ClaimWords
  readonly #tickets = ClaimWords.firstTickets()
  /** What was offered since the last message, in order, and the last of each queue. */
  #batches: OfferedBatch[] = []
  readonly #lastBatches = new Map<string, OfferedBatch>()
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
    const { taskName } = delivery.record
    const last = this.#lastBatches.get(taskName)
    const batch = last?.takes(delivery) ? last : this.#newBatch(taskName)
    batch.push(delivery, ticket)
    return true
  }

  offerRun(run: RecordRun): readonly number[] {
    const tickets = this.#tickets.splice(Math.max(0, this.#tickets.length - run.count))
    if (tickets.length === 0) return tickets
    for (const ticket of tickets) this.#words.offer(ticket)
    const { taskName } = run.records
    const last = this.#lastBatches.get(taskName)
    const batch = last?.takesRun(run, tickets.length) ? last : this.#newBatch(taskName)
    batch.pushRun(run, tickets)
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

  /** What is to be sent, in order; `offsetMs` is what the calendar shows more than the clock. */
  take(offsetMs: number): WireOffers[] {
    if (this.#batches.length === 0) return []
    const offers = this.#batches.map((batch) => batch.wire(offsetMs))
    this.#batches = []
    this.#lastBatches.clear()
    return offers
  }

  #newBatch(taskName: string): OfferedBatch {
    const batch = new OfferedBatch(taskName)
    this.#batches.push(batch)
    this.#lastBatches.set(taskName, batch)
    return batch
  }

  #release(ticket: number): void {
    this.#tickets.push(ClaimWords.nextTicket(ticket))
  }
}
