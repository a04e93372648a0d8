import { BlockStore, type BlockOwner } from './block-store.ts'
import { plainCargo, type CargoCodec } from './cargo-codec.ts'
import { CalendarOffsets } from './calendar-offsets.ts'
import { CountIndex } from './count-index.ts'
import { HashIndex } from './hash-index.ts'
import * as idLayout from './id-layout.ts'
import { textOfId, type IdBytes } from './id-bytes.ts'
import { IdRun } from './id-run.ts'
import { Leaving, mostAtOnce } from './leaving.ts'
import type { TaskRecords } from './record-run.ts'
import { SubjectIndex } from './subject-index.ts'
import { TaskBlocks } from './task-blocks.ts'
import { TaskIds } from './task-ids.ts'
import * as taskLayout from './task-layout.ts'
import type { NewTask, ScheduledEntry, TaskRecord } from './task-record.ts'
import { TimeOrder } from './time-order.ts'
import { TimedAdding, type QueueTasks } from './timed-adding.ts'
import type { TimedRun } from './timed-run.ts'

const { textOrigin } = idLayout
const { fixedWords, idLinkWord, idWord } = taskLayout

export type { NewTask, ScheduledEntry, TaskRecord } from './task-record.ts'

/**
 * Everything that is scheduled, by time, by context, by queue and by subject. A context is two blocks of words, and is
 * known by the number of the first; 0 is none.
 *
 *     by time      TimeOrder      what waits for its time
 *     parked       TimeHeap       per queue, what is due and waits for room there
 *     by context   CountIndex     generated id -> block, at most one per id; for other ids a HashIndex
 *     by queue     BlockOwner     task name -> pages of blocks
 *     by subject   SubjectIndex   subject key -> blocks
 *
 * A context is in the three indexes, and in exactly one of the two orders of time. Only what adds and removes changes an
 * index, so they cannot disagree. One that leaves is forgotten by the ids at once and by all else before anybody looks.
 *
 * add O(1), remove O(1), release of the first O(log n) of the few that are due with it, all of a subject or queue O(k).
 */
export class Timetable {
  readonly #store = new BlockStore()
  readonly #ids = new TaskIds()
  readonly #tasks: TaskBlocks
  readonly #waiting: TimeOrder
  readonly #byCount: CountIndex
  readonly #byText: HashIndex
  readonly #byQueue = new Map<string, QueueTasks>()
  /** The same by number of owner. */
  readonly #queues: (QueueTasks | undefined)[] = []
  readonly #bySubject: SubjectIndex
  /** The record of the first, read before its time. */
  #ready: { readonly task: number; readonly sequence: number; readonly record: TaskRecord } | null =
    null
  readonly #adding: TimedAdding
  readonly #offsets = new CalendarOffsets()
  readonly #idRun: IdRun
  /** What is taken from a subject at once. */
  readonly #taken = new Uint32Array(mostAtOnce)
  /** Those that no id finds any more. */
  readonly #leaving: Leaving

  constructor(newCodec: () => CargoCodec = plainCargo) {
    this.#tasks = new TaskBlocks(this.#store, newCodec, this.#ids)
    this.#waiting = new TimeOrder(this.#store, this.#tasks)
    this.#byCount = new CountIndex(this.#store, fixedWords)
    this.#byText = new HashIndex(this.#store, idWord, idLinkWord)
    this.#bySubject = new SubjectIndex(this.#store)
    this.#adding = new TimedAdding({
      store: this.#store,
      ids: this.#ids,
      tasks: this.#tasks,
      byCount: this.#byCount,
      byText: this.#byText,
      bySubject: this.#bySubject,
      waiting: this.#waiting,
      offsets: this.#offsets,
      byQueue: this.#byQueue,
      queues: this.#queues,
      forgetQueue: ({ owner }) => this.#forgetQueue(owner),
      get: (id) => this.get(id),
      remove: (task) => this.#removeNow(task),
    })
    this.#idRun = new IdRun(this.#ids, this.#byCount)
    this.#leaving = new Leaving({
      store: this.#store,
      tasks: this.#tasks,
      waiting: this.#waiting,
      bySubject: this.#bySubject,
      offsets: this.#offsets,
      unpark: (task, ownerNumber) => this.#queues[ownerNumber]?.parked.remove(task),
      forgetQueue: (owner) => this.#forgetQueue(owner),
    })
  }

  /** How many contexts there are, parked ones included. */
  get size(): number {
    return this.#byCount.size + this.#byText.size
  }

  /** How many contexts wait for a calendar time. */
  get absoluteCount(): number {
    this.#settle()
    return this.#offsets.count
  }

  /** How many bytes of memory it has for its blocks. */
  get bytes(): number {
    this.#settle()
    return this.#store.bytes
  }

  /** Where what is kept per context can be counted: nothing may stay of one that left. */
  get indexSizes(): Readonly<
    Record<'contexts' | 'queues' | 'subjects' | 'times' | 'parkedQueues' | 'idPrefixes', number>
  > {
    this.#settle()
    let parkedQueues = 0
    for (const { parked } of this.#byQueue.values()) if (parked.size > 0) parkedQueues++
    return {
      contexts: this.size,
      queues: this.#byQueue.size,
      subjects: this.#bySubject.size,
      times: this.#waiting.slotCount,
      parkedQueues,
      idPrefixes: this.#ids.prefixCount,
    }
  }

  /** The context of an id; 0 if none is scheduled. */
  get(id: string): number {
    const found = this.#ids.find(id) ? this.#lookUp(id) : 0
    if (found !== 0 || !this.#ids.mayBeText) return found
    this.#ids.asText(id)
    return this.#lookUp(id)
  }

  /** Whether a context of any of these ids is scheduled. */
  hasAnyOf(records: TaskRecords): boolean {
    let index = this.size === 0 ? records.count : 0
    while (index < records.count && this.get(records.at(index).id) === 0) index++
    return index < records.count
  }

  /**
   * Adds a context whose id is not in the timetable: at `due` on the core's time line, or at `epochMs` of the
   * calendar, which shows `offsetMs` more than the clock.
   */
  add(task: NewTask, offsetMs: number): number {
    this.#settle()
    return this.#adding.add(task, offsetMs)
  }

  /** Adds several that came as bytes; gives the places of those that took the place of an earlier one: see TimedAdding. */
  addRun(run: TimedRun, offset: () => number): number[] {
    this.#settle()
    return this.#adding.addRun(run, offset)
  }

  /** Makes sure that there is memory for one more, or throws; to be called before what it replaces is removed. */
  reserve(): void {
    this.#store.reserve()
  }

  remove(task: number): void {
    const origin = this.#tasks.originOf(task)
    if (origin === textOrigin) this.#byText.remove(task)
    else this.#byCount.remove(origin, this.#tasks.numberOf(task))
    this.#leaving.push(task, this.#bySubject.has(task))
  }

  /** Removes the context of an id, mostly without looking at it yet; false if none is scheduled. */
  removeId(id: string): boolean {
    const known = this.#ids.find(id)
    const { origin, number } = this.#ids
    let task = known && origin !== textOrigin ? this.#byCount.take(origin, number) : 0
    if (task !== 0) {
      this.#leaving.push(task, true)
    } else if (origin === textOrigin || this.#ids.mayBeText) {
      task = this.get(id)
      if (task !== 0) this.remove(task)
    }
    return task !== 0
  }

  /** As `removeId` of each, in order; gives the places of those that were not there. */
  removeIds(ids: IdBytes): number[] {
    const missing: number[] = []
    const count = ids.ends.length
    for (let from = 0; from < count; from += mostAtOnce) {
      const to = Math.min(from + mostAtOnce, count)
      this.#idRun.take(ids, from, to)
      this.#leaving.pushAll(this.#idRun.tasks, to - from, true)
      for (let index = from; index < to; index++) {
        if (this.#idRun.tasks[index - from] !== 0) continue
        if (!this.removeId(textOfId(ids, index))) missing.push(index)
      }
    }
    return missing
  }

  /** Removes those of a subject, in order of adding; says how many there were. */
  removeSubject(key: string): number {
    if (this.#leaving.hasSubjects) this.#settle()
    const taken = this.#taken
    let count = 0
    let more: number
    do {
      more = this.#bySubject.take(key, taken)
      this.#idRun.forget(taken, more, this.#tasks, this.#byText)
      this.#leaving.pushAll(taken, more, false)
      count += more
    } while (more === taken.length)
    return count
  }

  /** When a context is due, on the core's time line. */
  due(task: number): number {
    return this.#tasks.due(task)
  }

  epochMs(task: number): number | null {
    return this.#tasks.epochMs(task)
  }

  isParked(task: number): boolean {
    return this.#tasks.isParked(task)
  }

  idOf(task: number): string {
    return this.#tasks.idOf(task)
  }

  taskName(task: number): string {
    return this.#tasks.ownerOf(task).name
  }

  record(task: number): TaskRecord {
    const ready = this.#ready
    if (ready !== null && ready.task === task && ready.sequence === this.#tasks.sequence(task)) {
      return ready.record
    }
    return this.#tasks.record(task, this.#bySubject.keyOf(task))
  }

  entry(task: number): ScheduledEntry {
    return {
      record: this.record(task),
      due: this.#tasks.due(task),
      sequence: this.#tasks.sequence(task),
      epochMs: this.#tasks.epochMs(task),
      parked: this.#tasks.isParked(task),
    }
  }

  /** When the first context is due; Infinity when none waits for its time. */
  nextDue(): number {
    this.#settle()
    return this.soonest()
  }

  /** The same or earlier, for one that leaves counts, too; nothing is settled for it. */
  soonest(): number {
    const first = this.#waiting.first()
    return first === 0 ? Infinity : this.#tasks.due(first)
  }

  /** The first that waits for its time; 0 if none does. */
  first(): number {
    this.#settle()
    return this.#waiting.first()
  }

  /** Reads the first that waits for its time, so that this need not be done when it is due. */
  prepare(): void {
    const task = this.first()
    if (task === 0) return
    this.#ready = { task, sequence: this.#tasks.sequence(task), record: this.record(task) }
  }

  /** The first context that waits for room on a queue; 0 if none does. */
  firstParked(taskName: string): number {
    this.#settle()
    return this.#byQueue.get(taskName)?.parked.first() ?? 0
  }

  /** Keeps a due context until its queue has room. It stays scheduled: every index still knows it. */
  park(task: number): void {
    this.#settle()
    this.#waiting.remove(task)
    if (this.#tasks.isAbsolute(task)) this.#offsets.count--
    this.#tasks.setParked(task)
    this.#queueOf(task).parked.add(task, this.#tasks.due(task), this.#tasks.sequence(task))
  }

  /** All of a queue or of a subject's keys, or all there are; in no particular order. */
  matching(taskName?: string, keys?: readonly string[]): number[] {
    const ofKeys = keys?.flatMap((key) => this.ofSubject(key))
    if (taskName === undefined) {
      return ofKeys ?? [...this.#byQueue.keys()].flatMap((name) => this.ofQueue(name))
    }
    return ofKeys?.filter((task) => this.taskName(task) === taskName) ?? this.ofQueue(taskName)
  }

  /** The same, in order of release, and with all that is known of them. */
  entries(taskName?: string, keys?: readonly string[]): ScheduledEntry[] {
    return this.matching(taskName, keys)
      .map((task) => this.entry(task))
      .sort((a, b) => a.due - b.due || a.sequence - b.sequence)
  }

  /** Those of a subject, in order of adding. */
  ofSubject(key: string): number[] {
    this.#settle()
    const tasks: number[] = []
    let task = this.#bySubject.first(key)
    for (; task !== 0; task = this.#bySubject.next(task)) tasks.push(task)
    return tasks
  }

  /** Those of a queue, in no particular order. */
  ofQueue(taskName: string): number[] {
    this.#settle()
    const tasks: number[] = []
    const queue = this.#byQueue.get(taskName)
    if (queue) this.#tasks.forEach(queue.owner, (task) => tasks.push(task))
    return tasks
  }

  scheduledCount(taskName: string): number {
    const parked = this.parkedCount(taskName)
    return (this.#byQueue.get(taskName)?.owner.blocks ?? 0) - parked
  }

  parkedCount(taskName: string): number {
    this.#settle()
    return this.#byQueue.get(taskName)?.parked.size ?? 0
  }

  /**
   * Tells what the calendar shows more than the clock. When that is more than a second from what any absolute time was
   * placed by, all of them are placed anew, in one pass, and the answer is by how much it moved; otherwise it is 0.
   */
  followWall(offsetMs: number): number {
    this.#settle()
    const movedMs = this.#offsets.follow(offsetMs)
    if (movedMs === 0) return 0
    for (const { owner } of this.#byQueue.values()) {
      this.#tasks.forEach(owner, (task) => this.#place(task, offsetMs))
    }
    return movedMs
  }

  #removeNow(task: number): void {
    this.remove(task)
    this.#settle()
  }

  #forgetQueue(owner: BlockOwner): void {
    this.#byQueue.delete(owner.name)
    this.#queues[owner.number] = undefined
    this.#tasks.forgetOwner(owner)
    this.#store.removeOwner(owner)
  }

  /** Places what waits for a calendar time by another offset. */
  #place(task: number, offsetMs: number): void {
    if (this.#tasks.isParked(task)) return
    const epochMs = this.#tasks.epochMs(task)
    if (epochMs === null) return
    this.#waiting.remove(task)
    this.#tasks.setDue(task, epochMs - offsetMs)
    this.#waiting.add(task)
  }

  #settle(): void {
    this.#leaving.settle()
  }

  /** The context of the id that `ids.find` or `ids.asText` found. */
  #lookUp(id: string): number {
    const { origin, number } = this.#ids
    if (origin !== textOrigin) return this.#byCount.get(origin, number)
    const index = this.#byText
    const tasks = this.#tasks
    let task = index.first(number)
    while (task !== 0 && !(tasks.numberOf(task) === number && tasks.idOf(task) === id)) {
      task = index.next(task)
    }
    return task
  }

  #queueOf(task: number): QueueTasks {
    const queue = this.#queues[this.#tasks.ownerNumberOf(task)]
    if (!queue) throw new RangeError(`There is no context ${task}.`)
    return queue
  }
}
