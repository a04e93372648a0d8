import { BlockStore, type BlockOwner } from './block-store.ts'
import { plainCargo, type CargoCodec } from './cargo-codec.ts'
import { CalendarOffsets } from './calendar-offsets.ts'
import { CountIndex } from './count-index.ts'
import { HashIndex } from './hash-index.ts'
import * as idLayout from './id-layout.ts'
import type { IdBytes } from './id-bytes.ts'
import { Leaving, mostPerCall } from './leaving.ts'
import type { TaskRecords } from './record-run.ts'
import { SubjectIndex } from './subject-index.ts'
import { TaskBlocks } from './task-blocks.ts'
import { TaskIds } from './task-ids.ts'
import * as taskLayout from './task-layout.ts'
import type { NewTask, ScheduledEntry, TaskRecord } from './task-record.ts'
import { TimeOrder } from './time-order.ts'
import { TimedCancelling } from './timed-cancelling.ts'
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
 * index, so they cannot disagree. One that is cancelled is forgotten by the ids at once and by all else later, or before
 * somebody looks who does not ask whether it is still to leave.
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
  /** Those that no id finds any more. */
  readonly #leaving: Leaving
  readonly #cancelling: TimedCancelling

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
      remove: (task) => this.cancel(task),
    })
    this.#leaving = new Leaving({
      store: this.#store,
      tasks: this.#tasks,
      waiting: this.#waiting,
      bySubject: this.#bySubject,
      offsets: this.#offsets,
      unpark: (task, ownerNumber) => this.#queues[ownerNumber]?.parked.remove(task),
      forgetQueue: (owner) => this.#forgetQueue(owner),
    })
    this.#cancelling = new TimedCancelling({
      ids: this.#ids,
      tasks: this.#tasks,
      byCount: this.#byCount,
      byText: this.#byText,
      bySubject: this.#bySubject,
      leaving: this.#leaving,
      get: (id) => this.get(id),
    })
  }

  /** How many contexts there are, parked ones included. */
  get size(): number {
    return this.#byCount.size + this.#byText.size
  }

  /** Whether a context waits for a calendar time; or may do so, while very many are still to leave. */
  get hasAbsolute(): boolean {
    this.#knowAbsolute()
    return this.#offsets.count > 0
  }

  /** How many bytes of memory it has for its blocks. */
  get bytes(): number {
    this.#leaving.settle()
    return this.#store.bytes
  }

  /** Where what is kept per context can be counted: nothing may stay of one that left. */
  get indexSizes(): Readonly<
    Record<
      'contexts' | 'queues' | 'subjects' | 'times' | 'parkedQueues' | 'idPrefixes' | 'absolute',
      number
    >
  > {
    this.#leaving.settle()
    let parkedQueues = 0
    for (const { parked } of this.#byQueue.values()) if (parked.size > 0) parkedQueues++
    return {
      contexts: this.size,
      queues: this.#byQueue.size,
      subjects: this.#bySubject.size,
      times: this.#waiting.slotCount,
      parkedQueues,
      idPrefixes: this.#ids.prefixCount,
      absolute: this.#offsets.count,
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
    return this.#adding.add(task, offsetMs)
  }

  /** Adds several that came as bytes; gives the places of those that took the place of an earlier one: see TimedAdding. */
  addRun(run: TimedRun, offset: () => number): number[] {
    return this.#adding.addRun(run, offset)
  }

  /** Makes sure that there is memory for one more, or throws; to be called before what it replaces is removed. */
  reserve(): void {
    this.#store.reserve()
  }

  /** Has all of those leave that were cancelled. */
  settle(): void {
    this.#leaving.settle()
  }

  /** Removes a context from everything, at once. */
  remove(task: number): void {
    this.#cancelling.forgetId(task)
    this.#leaving.leave(task)
  }

  /** Removes a context, which may leave all but the ids later. */
  cancel(task: number): void {
    this.#cancelling.cancel(task)
  }

  /** Removes the context of an id, mostly without looking at it yet; false if none is scheduled. */
  removeId(id: string): boolean {
    return this.#cancelling.removeId(id)
  }

  /** As `removeId` of each, in order; gives the places of those that were not there. */
  removeIds(ids: IdBytes): number[] {
    return this.#cancelling.removeIds(ids)
  }

  /** Removes those of a subject, in order of adding; says how many there were. */
  removeSubject(key: string): number {
    return this.#cancelling.removeSubject(key)
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

  /** Has some leave of those that were cancelled, which there should be time for; whether there are others. */
  leaveSome(): boolean {
    return this.#leaving.leaveSome()
  }

  /** When the first context is due, or something is to be done before that is known; Infinity when none waits for its time. */
  nextDue(): number {
    const first = this.first()
    return first === 0 ? this.soonest() : this.#tasks.due(first)
  }

  /** The same or earlier: one that is still to leave counts, too. */
  soonest(): number {
    const first = this.#waiting.first()
    return first === 0 ? Infinity : this.#tasks.due(first)
  }

  /** The first that waits for its time; 0 if none does, or if very many that are still to leave come before it: then some did. */
  first(): number {
    return this.#firstOf(this.#waiting, mostPerCall)
  }

  /** Reads the first that waits for its time, so that this need not be done when it is due. */
  prepare(): void {
    const task = this.first()
    if (task === 0) return
    this.#ready = { task, sequence: this.#tasks.sequence(task), record: this.record(task) }
  }

  /** The first context that waits for room on a queue; 0 if none does. */
  firstParked(taskName: string): number {
    const parked = this.#byQueue.get(taskName)?.parked
    return parked ? this.#firstOf(parked, Infinity) : 0
  }

  /** Keeps a due context until its queue has room. It stays scheduled: every index still knows it. */
  park(task: number): void {
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
    const tasks: number[] = []
    let task = this.#bySubject.first(key)
    for (; task !== 0; task = this.#bySubject.next(task)) {
      if (!this.#leaving.has(task)) tasks.push(task)
    }
    return tasks
  }

  /** Those of a queue, in no particular order. */
  ofQueue(taskName: string): number[] {
    const tasks: number[] = []
    const queue = this.#byQueue.get(taskName)
    const push = (task: number): unknown => !this.#leaving.has(task) && tasks.push(task)
    if (queue) this.#tasks.forEach(queue.owner, push)
    return tasks
  }

  scheduledCount(taskName: string): number {
    const queue = this.#byQueue.get(taskName)
    if (!queue) return 0
    const leaving = this.#leaving.countOf(queue.owner.number).waiting
    return queue.owner.blocks - queue.parked.size - leaving
  }

  parkedCount(taskName: string): number {
    const queue = this.#byQueue.get(taskName)
    return queue ? queue.parked.size - this.#leaving.countOf(queue.owner.number).parked : 0
  }

  /**
   * Tells what the calendar shows more than the clock. When that is more than a second from what any absolute time was
   * placed by, all of them are placed anew, in one pass, and the answer is by how much it moved; otherwise it is 0.
   */
  followWall(offsetMs: number): number {
    this.#knowAbsolute()
    const movedMs = this.#offsets.follow(offsetMs)
    if (movedMs === 0) return 0
    this.#leaving.settle()
    if (this.#offsets.count === 0) return 0
    for (const { owner } of this.#byQueue.values()) {
      this.#tasks.forEach(owner, (task) => this.#place(task, offsetMs))
    }
    return movedMs
  }

  /** The first that is not still to leave; 0 if there is none, or so many that are come before it. */
  #firstOf(order: { first(): number }, most: number): number {
    let first = order.first()
    let left = 0
    for (; left < most && this.#leaving.has(first); first = order.first()) {
      left += this.#leaving.leaveNear(first)
    }
    return this.#leaving.has(first) ? 0 : first
  }

  /** Makes sure that some of those that are said to wait for a calendar time do, if that does not take long. */
  #knowAbsolute(): void {
    const { count } = this.#offsets
    if (count > 0 && count <= this.#leaving.size) this.#leaving.settleUnlessMany()
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
