import type { Delivery, Holder } from './delivery.ts'
import type { DeliveryRun } from './delivery-run.ts'

/** A run on a tray: each of it has a ticket. */
export class OfferedRun {
  readonly #run: DeliveryRun
  readonly #tickets: readonly number[]
  /** The place of the first ticket's delivery among the records. */
  readonly #base: number

  constructor(run: DeliveryRun, tickets: readonly number[]) {
    this.#run = run
    this.#tickets = tickets
    this.#base = run.start
  }

  get count(): number {
    return this.#run.count
  }

  get number(): number {
    return this.#run.number
  }

  get queuedAt(): number {
    return this.#run.queuedAt
  }

  /** The ticket of the first. */
  get ticket(): number {
    return this.#tickets[this.#run.start - this.#base] ?? 0
  }

  /** The first leaves, unseen. */
  skip(): void {
    this.#run.skip()
  }

  /** The first leaves, and is one of its own from now on, before that consumer. */
  shift(holder: Holder): Delivery {
    const { ticket } = this
    const delivery = this.#run.shift()
    delivery.ticket = ticket
    delivery.holder = holder
    return delivery
  }
}
