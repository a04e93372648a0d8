import { TimeBuckets, type Bucket, type Timed } from './time-buckets.ts'
import { KeyedSets } from './keyed-sets.ts'

/** The calendar may run this much ahead of or behind the clock before anything is placed anew. */
const clockJumpMs = 1000

/** What the core knows of a context; what it carries is opaque to it. */
export interface TaskRecord {
  readonly id: string
  readonly taskName: string
  /** The key of the subject index; null for a context about nothing in particular. */
  readonly subjectKey: string | null
  /** Subject, attributes and errors as their thread encoded them. The core hands it on and never looks inside. */
  readonly cargo: unknown
}

/** A context to be added, and when: at `due` on the core's time line, at `epochMs` of the calendar, or at once. */
export interface NewTask {
  readonly record: TaskRecord
  readonly due: number | null
  readonly epochMs: number | null
}

/** A context that waits for its time, or, parked, for room on its queue. */
export class ScheduledEntry implements Timed<ScheduledEntry> {
  readonly record: TaskRecord
  /** On the core's time line. */
  due: number
  readonly sequence: number
  /** The calendar time that `due` was placed by; null for a relative time, which no clock jump moves. */
  readonly epochMs: number | null
  parked = false
  bucket: Bucket<ScheduledEntry> | null = null
  previous: ScheduledEntry | null = null
  next: ScheduledEntry | null = null

  constructor(record: TaskRecord, due: number, epochMs: number | null, sequence: number) {
    this.record = record
    this.due = due
    this.epochMs = epochMs
    this.sequence = sequence
  }
}

/**
 * Everything that is scheduled, by time, by context, by queue and by subject.
 *
 *     by time      TimeBuckets   what waits for its time
 *     parked       TimeBuckets   per queue, what is due and waits for room there
 *     by context   Map           id -> entry, at most one per id
 *     by queue     KeyedSets     task name -> entries
 *     by subject   KeyedSets     subject key -> entries
 *
 * An entry is in the three indexes, and in exactly one of the two orders of time. `#enter` and `#leave` are the only
 * lines that change an index, so the indexes cannot disagree; an entry that leaves is forgotten by all of them.
 *
 * add O(log n), remove O(1) amortised, release of the first O(log n), all of a subject or queue O(k).
 */
export class Timetable {
  readonly #waiting = new TimeBuckets<ScheduledEntry>()
  readonly #parked = new Map<string, TimeBuckets<ScheduledEntry>>()
  readonly #byContext = new Map<string, ScheduledEntry>()
  readonly #byQueue = new KeyedSets<ScheduledEntry>()
  readonly #bySubject = new KeyedSets<ScheduledEntry>()
  #sequence = 0
  #absolute = 0
  /** What the calendar showed more than the clock when the absolute times that wait were placed: least and most. */
  #leastOffset = 0
  #mostOffset = 0

  /** How many entries there are, parked ones included. */
  get size(): number {
    return this.#byContext.size
  }

  /** How many entries wait for a calendar time. */
  get absoluteCount(): number {
    return this.#absolute
  }

  /** Where what is kept per entry can be counted: nothing may stay of an entry that left. */
  get indexSizes(): Readonly<
    Record<'contexts' | 'queues' | 'subjects' | 'times' | 'parkedQueues', number>
  > {
    return {
      contexts: this.#byContext.size,
      queues: this.#byQueue.keyCount,
      subjects: this.#bySubject.keyCount,
      times: this.#waiting.bucketCount,
      parkedQueues: this.#parked.size,
    }
  }

  get(id: string): ScheduledEntry | undefined {
    return this.#byContext.get(id)
  }

  /**
   * Adds a context whose id is not in the timetable: at `due` on the core's time line, or at `epochMs` of the
   * calendar, which shows `offsetMs` more than the clock.
   */
  add({ record, due, epochMs }: NewTask, offsetMs: number): ScheduledEntry {
    const placed = epochMs === null ? (due ?? 0) : epochMs - offsetMs
    if (epochMs !== null) {
      this.#leastOffset = Math.min(this.#leastOffset, offsetMs)
      this.#mostOffset = Math.max(this.#mostOffset, offsetMs)
    }
    const entry = new ScheduledEntry(record, placed, epochMs, ++this.#sequence)
    this.#enter(entry)
    return entry
  }

  remove(entry: ScheduledEntry): void {
    this.#leave(entry)
  }

  /** When the first entry is due; Infinity when none waits for its time. */
  nextDue(): number {
    return this.#waiting.first()?.due ?? Infinity
  }

  /** The first entry that waits for its time. */
  first(): ScheduledEntry | null {
    return this.#waiting.first()
  }

  /** The first entry that waits for room on a queue. */
  firstParked(taskName: string): ScheduledEntry | null {
    return this.#parked.get(taskName)?.first() ?? null
  }

  /** Keeps a due entry until its queue has room. It stays scheduled: every index still knows it. */
  park(entry: ScheduledEntry): void {
    this.#leaveTime(entry)
    entry.parked = true
    this.#enterTime(entry)
  }

  /** All of a queue or of a subject's keys, or all there are. */
  matching(taskName?: string, keys?: readonly string[]): ScheduledEntry[] {
    const ofKeys = keys?.flatMap((key) => [...this.#bySubject.of(key)])
    if (taskName === undefined) return ofKeys ?? [...this.#byContext.values()]
    if (!ofKeys) return [...this.#byQueue.of(taskName)]
    return ofKeys.filter(({ record }) => record.taskName === taskName)
  }

  ofSubject(key: string): Iterable<ScheduledEntry> {
    return this.#bySubject.of(key)
  }

  ofQueue(taskName: string): Iterable<ScheduledEntry> {
    return this.#byQueue.of(taskName)
  }

  scheduledCount(taskName: string): number {
    return this.#byQueue.countOf(taskName) - this.parkedCount(taskName)
  }

  parkedCount(taskName: string): number {
    return this.#parked.get(taskName)?.size ?? 0
  }

  /**
   * Tells what the calendar shows more than the clock. When that is more than a second from what any absolute time was
   * placed by, all of them are placed anew, in one pass, and the answer is by how much it moved; otherwise it is 0.
   */
  followWall(offsetMs: number): number {
    const sinceLeast = offsetMs - this.#leastOffset
    const sinceMost = offsetMs - this.#mostOffset
    const movedMs = Math.abs(sinceLeast) > Math.abs(sinceMost) ? sinceLeast : sinceMost
    if (this.#absolute > 0 && Math.abs(movedMs) <= clockJumpMs) return 0
    this.#leastOffset = this.#mostOffset = offsetMs
    if (this.#absolute === 0) return 0
    const moved = [...this.#waiting].filter(({ epochMs }) => epochMs !== null)
    for (const entry of moved) {
      this.#leaveTime(entry)
      entry.due = (entry.epochMs ?? 0) - offsetMs
      this.#enterTime(entry)
    }
    return movedMs
  }

  #enter(entry: ScheduledEntry): void {
    const { id, taskName, subjectKey } = entry.record
    this.#byContext.set(id, entry)
    this.#byQueue.add(taskName, entry)
    if (subjectKey !== null) this.#bySubject.add(subjectKey, entry)
    this.#enterTime(entry)
  }

  #leave(entry: ScheduledEntry): void {
    const { id, taskName, subjectKey } = entry.record
    this.#byContext.delete(id)
    this.#byQueue.delete(taskName, entry)
    if (subjectKey !== null) this.#bySubject.delete(subjectKey, entry)
    this.#leaveTime(entry)
  }

  #enterTime(entry: ScheduledEntry): void {
    if (entry.parked) {
      const { taskName } = entry.record
      let parked = this.#parked.get(taskName)
      if (!parked) this.#parked.set(taskName, (parked = new TimeBuckets()))
      parked.insert(entry)
    } else {
      this.#waiting.insert(entry)
      if (entry.epochMs !== null) this.#absolute++
    }
  }

  #leaveTime(entry: ScheduledEntry): void {
    if (entry.parked) {
      const parked = this.#parked.get(entry.record.taskName)
      parked?.remove(entry)
      if (parked?.size === 0) this.#parked.delete(entry.record.taskName)
    } else {
      this.#waiting.remove(entry)
      if (entry.epochMs !== null) this.#absolute--
    }
  }
}
