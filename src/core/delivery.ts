import { KeyedSets } from './keyed-sets.ts'
import type { TaskRecord } from './timetable.ts'

/**
 * A context on its queue, or in the hands of a connection.
 *
 * A context may be queued or taken several times at once; each is a delivery with a number of its own, and numbers
 * grow in the order of entering. What is finished, given back or withdrawn is always a delivery.
 */
export interface Delivery {
  readonly number: number
  readonly record: TaskRecord
  /** When it was to be released, on the core's time line. */
  readonly due: number
  /** The calendar time that was given; null for a relative time. */
  readonly dueEpochMs: number | null
  readonly queuedAt: number
  takenAt: number
  attempt: number
  state: 'queued' | 'taken' | 'gone'
  holder: Holder | null
}

/** A connection, as the core knows it: somebody who holds deliveries. */
export class Holder {
  readonly #held = new Map<string, Set<Delivery>>()
  /** Numbers of deliveries it held when their queue was removed: finishing one of them is no error. */
  readonly #dropped = new Set<number>()

  take(delivery: Delivery): void {
    const { taskName } = delivery.record
    const held = this.#held.get(taskName)
    if (held) held.add(delivery)
    else this.#held.set(taskName, new Set([delivery]))
  }

  release(delivery: Delivery): void {
    const { taskName } = delivery.record
    const held = this.#held.get(taskName)
    if (held?.delete(delivery) && held.size === 0) this.#held.delete(taskName)
  }

  drop(delivery: Delivery): void {
    this.release(delivery)
    this.#dropped.add(delivery.number)
  }

  /** Whether it held that delivery when its queue was removed; says so once. */
  settleDropped(number: number): boolean {
    return this.#dropped.delete(number)
  }

  /** What it has held of a queue for the longest. */
  oldestOf(taskName: string): Delivery | null {
    for (const delivery of this.#held.get(taskName) ?? []) return delivery
    return null
  }

  get isEmpty(): boolean {
    return this.#held.size === 0
  }

  /** Everything it holds, in the order in which it entered the queues. */
  all(): Delivery[] {
    return [...this.#held.values()].flatMap((held) => [...held]).sort((a, b) => a.number - b.number)
  }
}

/** All deliveries that are queued or taken: by number, by context and by subject. */
export class DeliveryIndex {
  readonly #byNumber = new Map<number, Delivery>()
  readonly #byContext = new KeyedSets<Delivery>()
  readonly #bySubject = new KeyedSets<Delivery>()
  #last = 0

  /** How many there are, and what is kept of them. */
  get sizes(): Readonly<Record<'deliveries' | 'contexts' | 'subjects', number>> {
    return {
      deliveries: this.#byNumber.size,
      contexts: this.#byContext.keyCount,
      subjects: this.#bySubject.keyCount,
    }
  }

  create(record: TaskRecord, due: number, dueEpochMs: number | null, now: number): Delivery {
    const delivery: Delivery = {
      number: ++this.#last,
      record,
      due,
      dueEpochMs,
      queuedAt: now,
      takenAt: Number.NaN,
      attempt: 1,
      state: 'queued',
      holder: null,
    }
    this.#byNumber.set(delivery.number, delivery)
    this.#byContext.add(record.id, delivery)
    if (record.subjectKey !== null) this.#bySubject.add(record.subjectKey, delivery)
    return delivery
  }

  delete(delivery: Delivery): void {
    const { id, subjectKey } = delivery.record
    delivery.state = 'gone'
    this.#byNumber.delete(delivery.number)
    this.#byContext.delete(id, delivery)
    if (subjectKey !== null) this.#bySubject.delete(subjectKey, delivery)
  }

  get(number: number): Delivery | undefined {
    return this.#byNumber.get(number)
  }

  ofContext(id: string): Iterable<Delivery> {
    return this.#byContext.of(id)
  }

  ofSubject(key: string): Iterable<Delivery> {
    return this.#bySubject.of(key)
  }
}
