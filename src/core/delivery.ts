import type { RecordRun } from './record-run.ts'
import type { TaskRecord } from './task-record.ts'

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
  ticket: number | null
  /** Whether it is not indexed yet. */
  isYoung: boolean
}

/**
 * How far a consumer is with what was put on its tray: only the memory that it shares with the core knows. A ticket is what
 * that memory knows one by.
 */
export interface TrayMemory {
  /** Gives a delivery a ticket, and has the consumer hear of it; false when no ticket is left. */
  offer(delivery: Delivery): boolean
  /** The same for the first of a run, as many as there are tickets left for: gives these. */
  offerRun(run: RecordRun): readonly number[]
  /** Takes one back; false when it was started. Either this or the starting succeeds, never both. */
  takeBack(ticket: number): boolean
  progress(ticket: number): 'offered' | 'started' | 'done'
  /** When it was started, on the core's time line. */
  startedAt(ticket: number): number
  /** Forgets one that was started: it is finished, dropped or given back. */
  forget(ticket: number): void
  /** Whether somebody looks how far it is; while nobody does, the consumer rings when it finishes something. */
  watch(on: boolean): void
  /** Whether more is to be had: then the consumer rings when half of what lies before it is gone. */
  moreWaits(on: boolean): void
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
