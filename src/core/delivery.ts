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
  /** Who has taken it, or, while it is queued, on whose tray it lies. */
  holder: Holder | null
  /** What the memory of that tray knows it by. */
  ticket?: number | null
  /** Whether it is not indexed yet. */
  isYoung?: boolean
}

/** How far a consumer is with what was put on its tray: only the memory that it shares with the core knows. */
export interface TrayMemory {
  /** Gives a delivery a ticket, and has the consumer hear of it; false when no ticket is left. */
  offer(delivery: Delivery): boolean
  /** Takes it back; false when it was started. Either this or the starting succeeds, never both. */
  takeBack(delivery: Delivery): boolean
  progress(delivery: Delivery): 'offered' | 'started' | 'done'
  /** When it was started, on the core's time line. */
  startedAt(delivery: Delivery): number
  /** Forgets one that was started: it is finished, dropped or given back. */
  forget(delivery: Delivery): void
  /** Whether somebody looks how far it is; while nobody does, the consumer rings when it finishes something. */
  watch(on: boolean): void
}

/** A connection, as the core knows it: somebody who holds deliveries. */
export class Holder {
  readonly #held = new Map<string, Set<Delivery>>()
  readonly #byNumber = new Map<number, Delivery>()
  /** Numbers of deliveries it held when their queue was removed: finishing one of them is no error. */
  readonly #dropped = new Set<number>()

  /** For its trays; null when nothing can be put before it. */
  get trayMemory(): TrayMemory | null {
    return null
  }

  take(delivery: Delivery): void {
    const { taskName } = delivery.record
    this.#byNumber.set(delivery.number, delivery)
    const held = this.#held.get(taskName)
    if (held) held.add(delivery)
    else this.#held.set(taskName, new Set([delivery]))
  }

  release(delivery: Delivery): void {
    const { taskName } = delivery.record
    const held = this.#held.get(taskName)
    if (held?.delete(delivery) && held.size === 0) this.#held.delete(taskName)
    this.#byNumber.delete(delivery.number)
  }

  /** What it holds under that number. */
  get(number: number): Delivery | undefined {
    return this.#byNumber.get(number)
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

/** A delivery that is still here when so many have come after it is indexed. */
const mostYoung = 1 << 18

/**
 * All deliveries that are queued or taken: by number, by context and by subject.
 *
 * Most are finished before anybody asks for them, and three entries in maps would be most of what they cost. So the young
 * are only listed, and are indexed when somebody asks, or one by one when so many have come after them:
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

  /** How many there are, and what is kept of them. */
  get sizes(): Readonly<Record<'deliveries' | 'contexts' | 'subjects', number>> {
    this.#indexAll()
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
      ticket: null,
      isYoung: true,
    }
    if (this.#last - this.#firstYoung >= mostYoung) this.#index(this.#firstYoung++)
    this.#young[this.#last % mostYoung] = delivery
    return delivery
  }

  delete(delivery: Delivery): void {
    delivery.state = 'gone'
    if (delivery.isYoung === true) {
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

  #indexAll(): void {
    while (this.#firstYoung <= this.#last) this.#index(this.#firstYoung++)
  }

  /** Indexes a young one, if it is still here. */
  #index(number: number): void {
    const delivery = this.#young[number % mostYoung]
    this.#young[number % mostYoung] = null
    if (!delivery) return
    const { id, subjectKey } = delivery.record
    delivery.isYoung = false
    this.#byNumber.set(number, delivery)
    this.#byContext.add(id, delivery)
    if (subjectKey !== null) this.#bySubject.add(subjectKey, delivery)
  }
}
