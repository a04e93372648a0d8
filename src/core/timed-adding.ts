import type { BlockOwner, BlockStore } from './block-store.ts'
import { ByteText } from './byte-text.ts'
import type { CalendarOffsets } from './calendar-offsets.ts'
import type { CountIndex } from './count-index.ts'
import type { HashIndex } from './hash-index.ts'
import { countOfBytes, havePrefixAlike } from './id-bytes.ts'
import * as idLayout from './id-layout.ts'
import { RunIds } from './run-ids.ts'
import { RunKeys } from './run-keys.ts'
import type { SubjectIndex } from './subject-index.ts'
import type { TaskBlocks } from './task-blocks.ts'
import type { TaskIds } from './task-ids.ts'
import type { NewTask } from './task-record.ts'
import { hashOfBytes, textOfBytes } from './text-bytes.ts'
import { TimeHeap } from './time-heap.ts'
import { mostAtOnce, type TimeOrder } from './time-order.ts'
import { TimedPart, type TimedRun } from './timed-run.ts'

const { textOrigin } = idLayout

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
 * before, and only what is unlike is looked up. They are made one by one, and entered into one index after the other,
 * many at a time: such a loop is short, and where they belong in it is far apart and waited for together. Whatever looks
 * at one of them has those entered first that were made.
 */
export class TimedAdding {
  readonly #parts: TimetableParts
  readonly #part = new TimedPart()
  readonly #keys: RunKeys
  readonly #newIds: RunIds
  /** Whether the ids of those that are made next are all among these. */
  #areNew = false
  #sequence = 0
  /** Where the id stands in the run that has the prefix of `#lastOrigin`; -1: none. */
  #lastId = -1
  #lastOrigin = textOrigin
  /** Blocks for contexts that are made next, from a place on: taking many in a row is quicker. */
  readonly #blocks = new Uint32Array(mostAtOnce)
  #blockCount = 0
  #nextBlock = 0
  /** Those that are made and not entered yet, when they are due and what their ids are. */
  readonly #made = new Uint32Array(mostAtOnce)
  readonly #dues = new Float64Array(mostAtOnce)
  readonly #origins = new Uint8Array(mostAtOnce)
  readonly #numbers = new Uint32Array(mostAtOnce)
  #madeCount = 0
  /** The place in the run of the next that is made, and of the first for which there were blocks. */
  #index = 0
  #first = 0
  /** The queue of one whose id is kept and that has no blocks yet. */
  #begunFor: QueueTasks | null = null

  constructor(parts: TimetableParts) {
    this.#parts = parts
    this.#keys = new RunKeys(parts.bySubject)
    this.#newIds = new RunIds(parts.ids)
  }

  /** Adds a context whose id is not in the timetable; memory was reserved. A calendar time is placed by `offsetMs`. */
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
    const { tasks } = this.#parts
    const { count } = run
    const replaced: number[] = []
    const part = this.#part
    part.text = run.text
    part.cargoEnd = 0
    part.offsetMs = Number.NaN
    this.#lastId = -1
    this.#index = 0
    try {
      while (this.#index < count) {
        const end = Math.min(count, this.#index + mostAtOnce)
        this.#keys.look(run, this.#index, end)
        this.#areNew = this.#newIds.keepNew(run, this.#index, end)
        const needed = end - this.#index
        this.#nextBlock = this.#blockCount = 0
        while (this.#blockCount < needed) {
          this.#blockCount = tasks.takeBlocks(this.#blocks, this.#blockCount, needed)
        }
        this.#make(run, end, offset, replaced)
        this.#enter()
      }
    } catch (error) {
      if (this.#begunFor) this.#forgetBegun(part, this.#begunFor)
      throw error
    } finally {
      // Also when there is no memory for more: what is there is found, and is released in its time.
      while (this.#nextBlock < this.#blockCount) {
        tasks.giveBack(this.#blocks[this.#nextBlock++] ?? 0)
      }
      this.#enter()
      this.#newIds.forgetRest()
      part.text = noText
    }
    return replaced
  }

  /** Makes the contexts of a run up to a place, for which there are blocks. */
  #make(run: TimedRun, end: number, offset: () => number, replaced: number[]): void {
    const { store, tasks, byText, offsets } = this.#parts
    const { taskNames, queues, ends, base, dues, epochs } = run
    const part = this.#part
    const first = this.#index
    this.#first = first
    let found: QueueTasks[] = []
    for (let index = first; index < end; index++) {
      // Before anything of it is done: one that is begun is in everything then, and nothing left for one that is not.
      store.reserve()
      const keyMark = ends[3 * index + 1] ?? 0
      part.idStart = part.cargoEnd
      part.idEnd = (ends[3 * index] ?? 0) - base
      part.keyEnd = (keyMark >= 0 ? keyMark : ~keyMark) - base
      part.cargoEnd = (ends[3 * index + 2] ?? 0) - base
      if (this.#areNew) {
        part.origin = this.#newIds.origin
        part.number = this.#newIds.numbers[index - first] ?? 0
      } else if (this.#makeWay(part)) {
        replaced.push(index)
        found = []
      }
      const epochMs = epochs === null ? Number.NaN : (epochs[index] ?? 0)
      let due = dues[index] ?? 0
      if (!Number.isNaN(epochMs)) {
        if (Number.isNaN(part.offsetMs)) {
          this.#enter()
          part.offsetMs = offset()
          // What is still to leave may have left, and its queue may be known no more.
          found = []
        }
        due = epochMs - part.offsetMs
      }
      const queueIndex = queues === null ? 0 : (queues[index] ?? 0)
      const queue = (found[queueIndex] ??= this.#queueFor(taskNames[queueIndex] ?? ''))
      this.#begunFor = queue
      part.due = due
      part.epochMs = epochMs
      const block = this.#blocks[this.#nextBlock] ?? 0
      tasks.createOfBytes(queue.owner, part, ++this.#sequence, block)
      this.#begunFor = null
      this.#nextBlock++
      if (!Number.isNaN(epochMs)) offsets.add(part.offsetMs)
      const made = this.#madeCount
      this.#made[made] = block
      this.#dues[made] = due
      if (!this.#areNew) {
        this.#origins[made] = part.origin
        this.#numbers[made] = part.number
      }
      this.#madeCount = made + 1
      this.#index = index + 1
      if (part.origin === textOrigin) byText.add(block)
    }
  }

  /** Enters those that were made where they belong; ids that are texts are entered already. */
  #enter(): void {
    const count = this.#madeCount
    if (count === 0) return
    this.#madeCount = 0
    this.#enterCounts(count)
    this.#keys.append(this.#part.text, this.#made, this.#index - count, count)
    this.#parts.waiting.addAll(this.#made, this.#dues, count)
  }

  /** There is no memory for one that was begun. */
  #forgetBegun({ text, idStart, idEnd, origin }: TimedPart, queue: QueueTasks): void {
    this.#begunFor = null
    if (!this.#areNew) this.#parts.ids.forget(origin, textOfBytes(text.bytes, idStart, idEnd))
    if (queue.owner.blocks === 0) this.#parts.forgetQueue(queue)
  }

  #enterCounts(count: number): void {
    const { byCount } = this.#parts
    if (this.#areNew) {
      const { origin, numbers } = this.#newIds
      byCount.addAll(origin, numbers, this.#index - count - this.#first, this.#made, count)
      this.#newIds.made(count)
      return
    }
    const made = this.#made
    const origins = this.#origins
    const numbers = this.#numbers
    for (let index = 0; index < count; index++) {
      const origin = origins[index] ?? 0
      if (origin !== textOrigin) byCount.add(origin, numbers[index] ?? 0, made[index] ?? 0)
    }
  }

  /** Finds out what an id is and keeps it; true when one of that id was scheduled, which is removed. */
  #makeWay(part: TimedPart): boolean {
    const { ids, get } = this.#parts
    const { text, idStart, idEnd } = part
    const { bytes } = text
    const count = countOfBytes(bytes, idStart, idEnd)
    if (count === 0) return this.#makeWayForText(part)
    if (this.#lastId >= 0 && havePrefixAlike(text, this.#lastId, idStart)) {
      const origin = this.#lastOrigin
      if (count > ids.greatestOf(origin) || !this.#hasCount(origin, count)) {
        ids.keepCounts(origin, 1, count)
        part.origin = origin
        part.number = count
        return false
      }
    }
    this.#enter()
    const id = textOfBytes(bytes, idStart, idEnd)
    const earlier = get(id)
    // It may have been the last of its prefix, which is known by another number then.
    if (earlier !== 0) this.#parts.remove(earlier)
    ids.keep(id)
    part.origin = this.#lastOrigin = ids.origin
    part.number = ids.number
    this.#lastId = ids.origin === textOrigin || ids.mayBeText ? -1 : idStart
    return earlier !== 0
  }

  #hasCount(origin: number, count: number): boolean {
    this.#enter()
    return this.#parts.byCount.get(origin, count) !== 0
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
    this.#enter()
    this.#parts.remove(earlier)
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
