import type { Delivery } from './delivery.ts'
import { DeliveryRun, type MakeDelivery } from './delivery-run.ts'
import { KeyedSets } from './keyed-sets.ts'
import type { TaskRecords } from './record-run.ts'
import type { TaskRecord } from './task-record.ts'

/** A delivery that is still here when so many have come after it is indexed. */
const mostYoung = 1 << 18

/**
 * All deliveries that are queued or taken: by number, by context and by subject.
 *
 * Most are finished before anybody asks for them, and three entries in maps would be most of what they cost. So those of
 * runs are not made before somebody asks; and the young others are only listed, and indexed when somebody asks, or one by
 * one when so many have come after them:
 *
 *     young  [ 7 . 9 3 4 . 6 ]   in a ring: a new one takes the place of the oldest, which is indexed if it is still here
 */
export class DeliveryIndex {
  readonly #byNumber = new Map<number, Delivery>()
  readonly #byContext = new KeyedSets<Delivery>()
  readonly #bySubject = new KeyedSets<Delivery>()
  readonly #young: (Delivery | null)[] = []
  /** The first that may be young. */
  #firstYoung = 1
  #last = 0
  /** Makes all that are in runs, wherever those are. */
  makeAll: () => void = () => undefined

  /** How many there are, and what is kept of them. */
  get sizes(): Readonly<Record<'deliveries' | 'deliveredContexts' | 'deliveredSubjects', number>> {
    this.#indexAll()
    return {
      deliveries: this.#byNumber.size,
      deliveredContexts: this.#byContext.keyCount,
      deliveredSubjects: this.#bySubject.keyCount,
    }
  }

  create(record: TaskRecord, due: number, dueEpochMs: number | null, now: number): Delivery {
    return this.make(this.#addNumbers(1), record, due, dueEpochMs, now)
  }

  /** Several that enter together, at once. */
  createRun(records: TaskRecords, now: number): DeliveryRun {
    return new DeliveryRun(this.make, records, this.#addNumbers(records.count), now)
  }

  readonly make: MakeDelivery = (number, record, due, dueEpochMs, queuedAt) => {
    const isYoung = number >= this.#firstYoung
    const delivery: Delivery = {
      number,
      record,
      due,
      dueEpochMs,
      queuedAt,
      takenAt: Number.NaN,
      attempt: 1,
      state: 'queued',
      holder: null,
      ticket: null,
      isYoung,
    }
    if (isYoung) this.#young[number % mostYoung] = delivery
    else this.#index(delivery)
    return delivery
  }

  delete(delivery: Delivery): void {
    delivery.state = 'gone'
    if (delivery.isYoung) {
      this.#young[delivery.number % mostYoung] = null
      return
    }
    const { id, subjectKey } = delivery.record
    this.#byNumber.delete(delivery.number)
    this.#byContext.delete(id, delivery)
    if (subjectKey !== null) this.#bySubject.delete(subjectKey, delivery)
  }

  get(number: number): Delivery | undefined {
    this.#indexAll()
    return this.#byNumber.get(number)
  }

  ofContext(id: string): Iterable<Delivery> {
    this.#indexAll()
    return this.#byContext.of(id)
  }

  ofSubject(key: string): Iterable<Delivery> {
    this.#indexAll()
    return this.#bySubject.of(key)
  }

  /** The first of so many numbers in a row. */
  #addNumbers(count: number): number {
    const first = this.#last + 1
    this.#last += count
    while (this.#last - this.#firstYoung >= mostYoung) this.#indexYoung()
    return first
  }

  #indexAll(): void {
    this.makeAll()
    while (this.#firstYoung <= this.#last) this.#indexYoung()
  }

  /** Indexes the first that may be young, if it is still here. */
  #indexYoung(): void {
    const place = this.#firstYoung++ % mostYoung
    const delivery = this.#young[place]
    this.#young[place] = null
    if (delivery) this.#index(delivery)
  }

  #index(delivery: Delivery): void {
    const { id, subjectKey } = delivery.record
    delivery.isYoung = false
    this.#byNumber.set(delivery.number, delivery)
    this.#byContext.add(id, delivery)
    if (subjectKey !== null) this.#bySubject.add(subjectKey, delivery)
  }
}
