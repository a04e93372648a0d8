import type { Delivery, TrayMemory } from '../core/delivery.ts'
import { ClaimWords } from './claim-words.ts'
import type { WireOffers } from './protocol.ts'

/** What was offered to a client since the last message to it, of one queue. */
interface Batch {
  readonly ids: string[]
  readonly subjectKeys: (string | null)[]
  readonly cargos: unknown[]
  readonly figures: number[]
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
    const { id, taskName, subjectKey, cargo } = record
    let batch = this.#batches.get(taskName)
    if (!batch) {
      batch = { ids: [], subjectKeys: [], cargos: [], figures: [] }
      this.#batches.set(taskName, batch)
    }
    batch.ids.push(id)
    batch.subjectKeys.push(subjectKey)
    batch.cargos.push(cargo)
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
    const offers = [...this.#batches].map(([taskName, batch]): WireOffers => {
      const { ids, subjectKeys, cargos, figures } = batch
      const numbers = new Float64Array(figures)
      return { type: 'offers', taskName, ids, subjectKeys, cargos, figures: numbers, offsetMs }
    })
    this.#batches.clear()
    return offers
  }

  #release(delivery: Delivery, ticket: number): void {
    delivery.ticket = null
    this.#tickets.push(ClaimWords.nextTicket(ticket))
  }
}
