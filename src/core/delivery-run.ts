import type { Delivery } from './delivery.ts'
import type { RecordRun, TaskRecords } from './record-run.ts'
import type { TaskRecord } from './task-record.ts'

/** Makes the delivery of a number that was given out. */
export type MakeDelivery = (
  number: number,
  record: TaskRecord,
  due: number,
  dueEpochMs: number | null,
  queuedAt: number,
) => Delivery

/**
 * Deliveries with numbers in a row that entered their queue together, and that nobody has looked at one by one yet.
 *
 * Most of a batch is handed out and finished as it came. An object for each would be most of what that costs, so there is
 * one for all of them; whoever wants a single one has it made.
 */
export class DeliveryRun implements RecordRun {
  readonly records: TaskRecords
  readonly queuedAt: number
  readonly #make: MakeDelivery
  /** The number that the first of the records has. */
  readonly #firstNumber: number
  #start: number
  readonly #end: number

  constructor(
    make: MakeDelivery,
    records: TaskRecords,
    firstNumber: number,
    queuedAt: number,
    start = 0,
    end: number = records.count,
  ) {
    this.#make = make
    this.records = records
    this.#firstNumber = firstNumber
    this.queuedAt = queuedAt
    this.#start = start
    this.#end = end
  }

  get count(): number {
    return this.#end - this.#start
  }

  get start(): number {
    return this.#start
  }

  get number(): number {
    return this.#firstNumber + this.#start
  }

  /** The first leaves, unseen. */
  skip(): void {
    this.#start++
  }

  /** The first leaves, and is one of its own from now on. */
  shift(): Delivery {
    const { number, queuedAt } = this
    return this.#make(number, this.records.at(this.#start++), queuedAt, null, queuedAt)
  }

  /** The first few leave together. */
  cut(count: number): DeliveryRun {
    const from = this.#start
    const to = (this.#start += count)
    return new DeliveryRun(this.#make, this.records, this.#firstNumber, this.queuedAt, from, to)
  }
}
