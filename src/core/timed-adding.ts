import type { BlockOwner, BlockStore } from './block-store.ts'
import { ByteText } from './byte-text.ts'
import type { CalendarOffsets } from './calendar-offsets.ts'
import type { CountIndex } from './count-index.ts'
import type { HashIndex } from './hash-index.ts'
import { countOfBytes, havePrefixAlike } from './id-bytes.ts'
import { RunKeys } from './run-keys.ts'
import type { SubjectIndex } from './subject-index.ts'
import type { TaskBlocks } from './task-blocks.ts'
import { textOrigin, type TaskIds } from './task-ids.ts'
import type { NewTask } from './task-record.ts'
import { hashOfBytes, textOfBytes } from './text-bytes.ts'
import { TimeHeap } from './time-heap.ts'
import { mostAtOnce, type TimeOrder } from './time-order.ts'
import { TimedPart, type TimedRun } from './timed-run.ts'

/** What is scheduled for one queue. */
export interface QueueTasks {
  readonly owner: BlockOwner
  readonly parked: TimeHeap
}

/** What a timetable consists of, as far as adding is concerned. */
export interface TimetableParts {
  readonly store: BlockStore
  readonly ids: TaskIds
  readonly tasks: TaskBlocks
  readonly byCount: CountIndex
  readonly byText: HashIndex
  readonly bySubject: SubjectIndex
  readonly waiting: TimeOrder
  readonly offsets: CalendarOffsets
  readonly byQueue: Map<string, QueueTasks>
  readonly queues: (QueueTasks | undefined)[]
  readonly forgetQueue: (queue: QueueTasks) => void
  /** The context of an id; 0 if none is scheduled. */
  readonly get: (id: string) => number
  /** Removes a context from everything. */
  readonly remove: (task: number) => void
}

/**
 * Enters contexts into everything that a timetable knows them by: singly, or many that came as bytes.
 *
 * Of many, no string or object is made for each: what an id and a subject key are is compared with those of the one
 * before, and only what is unlike is looked up.
 */
export class TimedAdding {
  readonly #parts: TimetableParts
  readonly #part = new TimedPart()
  readonly #keys: RunKeys
  #sequence = 0
  /** Where the id stands in the run that has the prefix of `#lastOrigin`; -1: none. */
  #lastId = -1
  #lastOrigin = textOrigin
  /** Those that are not in the order of time yet, and when they are due. */
  readonly #untimed = new Uint32Array(mostAtOnce)
  readonly #untimedDues = new Float64Array(mostAtOnce)
  #untimedCount = 0

  constructor(parts: TimetableParts) {
    this.#parts = parts
    this.#keys = new RunKeys(parts.bySubject)
  }

  /** Adds a context whose id is not in the timetable; a calendar time is placed by `offsetMs`. */
  add({ record, due, epochMs }: NewTask, offsetMs: number): number {
    const { tasks, ids, byText, byCount, bySubject, waiting, offsets } = this.#parts
    const placed = epochMs === null ? (due ?? 0) : epochMs - offsetMs
    const queue = this.#queueFor(record.taskName)
    let task: number
    try {
      task = tasks.create(queue.owner, record, placed, epochMs, ++this.#sequence)
    } catch (error) {
      if (queue.owner.blocks === 0) this.#parts.forgetQueue(queue)
      throw error
    }
    const { origin, number } = ids
    if (origin === textOrigin) byText.add(task)
    else byCount.add(origin, number, task)
    bySubject.add(task, record.subjectKey)
    waiting.add(task, placed)
    if (epochMs !== null) offsets.add(offsetMs)
    return task
  }

  /**
   * Adds all of a run, in place of what is scheduled by their ids; gives the places of those that took such a place.
   * `offset` is asked for what times of the calendar are placed by, if there is one.
   */
  addRun(run: TimedRun, offset: () => number): number[] {
    const { tasks, byText, byCount, bySubject, offsets } = this.#parts
    const { count, taskNames, queues, text, ends, base, dues, epochs } = run
    const replaced: number[] = []
    const found: QueueTasks[] = []
    const part = this.#part
    let offsetMs: number | null = null
    const keys = this.#keys
    let subject = 0
    part.text = text
    part.cargoEnd = 0
    this.#lastId = -1
    try {
      for (let index = 0; index < count; index++) {
        keys.reach(run, index)
        const keyMark = ends[3 * index + 1] ?? 0
        const idStart = part.cargoEnd
        const idEnd = (ends[3 * index] ?? 0) - base
        const hasKey = keyMark >= 0
        const keyEnd = (hasKey ? keyMark : ~keyMark) - base
        part.idStart = idStart
        part.idEnd = idEnd
        part.keyEnd = keyEnd
        part.cargoEnd = (ends[3 * index + 2] ?? 0) - base
        if (this.#makeWay(part)) {
          replaced.push(index)
          found.length = 0
          subject = 0
        }
        const queueIndex = queues === null ? 0 : (queues[index] ?? 0)
        const queue = (found[queueIndex] ??= this.#queueFor(taskNames[queueIndex] ?? ''))
        const epochMs = epochs === null ? Number.NaN : (epochs[index] ?? 0)
        let due = dues[index] ?? 0
        if (!Number.isNaN(epochMs)) {
          if (offsetMs === null) {
            this.#enterTimes()
            offsetMs = offset()
          }
          due = epochMs - offsetMs
          offsets.add(offsetMs)
        }
        part.due = due
        part.epochMs = epochMs
        const task = tasks.createOfBytes(queue.owner, part, ++this.#sequence)
        this.#untimed[this.#untimedCount] = task
        this.#untimedDues[this.#untimedCount++] = due
        if (part.origin === textOrigin) byText.add(task)
        else byCount.add(part.origin, part.number, task)
        if (hasKey && (subject === 0 || !keys.isAsBefore(index))) {
          subject = bySubject.subjectOfBytes(text, idEnd, keyEnd, keys.hashAt(index))
        }
        bySubject.append(task, hasKey ? subject : 0)
        if (this.#untimedCount === mostAtOnce) this.#enterTimes()
      }
    } finally {
      // Also when there is no memory for more: what is there is found, and is released in its time.
      part.text = noText
      this.#enterTimes()
    }
    return replaced
  }

  /** Enters those into the order of time that are not in it yet: where they belong is far apart, and waited for together. */
  #enterTimes(): void {
    const count = this.#untimedCount
    this.#untimedCount = 0
    this.#parts.waiting.addAll(this.#untimed, this.#untimedDues, count)
  }

  #remove(task: number): void {
    this.#enterTimes()
    this.#parts.remove(task)
  }

  /** Finds out what an id is and keeps it; true when one of that id was scheduled, which is removed. */
  #makeWay(part: TimedPart): boolean {
    const { ids, byCount, get } = this.#parts
    const { text, idStart, idEnd } = part
    const { bytes } = text
    const count = countOfBytes(bytes, idStart, idEnd)
    if (count === 0) return this.#makeWayForText(part)
    if (this.#lastId >= 0 && havePrefixAlike(text, this.#lastId, idStart)) {
      const origin = this.#lastOrigin
      if (ids.isNew(origin, count) || byCount.get(origin, count) === 0) {
        ids.keepCount(origin, count)
        part.origin = origin
        part.number = count
        return false
      }
    }
    const id = textOfBytes(bytes, idStart, idEnd)
    const earlier = get(id)
    // It may have been the last of its prefix, which is known by another number then.
    if (earlier !== 0) this.#remove(earlier)
    ids.keep(id)
    part.origin = this.#lastOrigin = ids.origin
    part.number = ids.number
    this.#lastId = ids.origin === textOrigin || ids.mayBeText ? -1 : idStart
    return earlier !== 0
  }

  /** The same of an id that is no number. */
  #makeWayForText(part: TimedPart): boolean {
    const { tasks, byText, get } = this.#parts
    const {
      text: { bytes },
      idStart,
      idEnd,
    } = part
    const hash = hashOfBytes(bytes, idStart, idEnd)
    part.origin = textOrigin
    part.number = hash
    let alike = byText.size === 0 ? 0 : byText.first(hash)
    while (alike !== 0 && tasks.numberOf(alike) !== hash) alike = byText.next(alike)
    const earlier = alike === 0 ? 0 : get(textOfBytes(bytes, idStart, idEnd))
    if (earlier === 0) return false
    this.#lastId = -1
    this.#remove(earlier)
    return true
  }

  #queueFor(taskName: string): QueueTasks {
    const { store, tasks, byQueue, queues } = this.#parts
    let queue = byQueue.get(taskName)
    if (!queue) {
      queue = { owner: store.addOwner(taskName), parked: new TimeHeap(tasks) }
      byQueue.set(taskName, queue)
      queues[queue.owner.number] = queue
    }
    return queue
  }
}

const noText = new ByteText(new Uint8Array(0))
