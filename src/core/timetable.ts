import { BlockStore, type BlockOwner } from './block-store.ts'
import { plainCargo, type CargoCodec } from './cargo-codec.ts'
import { CountIndex } from './count-index.ts'
import { HashIndex } from './hash-index.ts'
import type { TaskRecords } from './record-run.ts'
import { SubjectIndex } from './subject-index.ts'
import { TaskBlocks } from './task-blocks.ts'
import { TaskIds, textOrigin } from './task-ids.ts'
import { idLinkWord, idWord, inHeap, nextInTimeWord } from './task-layout.ts'
import type { NewTask, TaskRecord } from './task-record.ts'
import { TimeHeap } from './time-heap.ts'
import { TimeOrder } from './time-order.ts'

export type { NewTask, TaskRecord } from './task-record.ts'

/** The calendar may run this much ahead of or behind the clock before anything is placed anew. */
const clockJumpMs = 1000
/** So many of a subject are looked up together. */
const mostAtOnce = 64

/** A context that waits for its time, or, parked, for room on its queue; as it was when it was asked for. */
export interface ScheduledEntry {
  readonly record: TaskRecord
  /** On the core's time line. */
  readonly due: number
  /** Grows with every adding; decides among equal times. */
  readonly sequence: number
  /** The calendar time that `due` was placed by; null for a relative time, which no clock jump moves. */
  readonly epochMs: number | null
  readonly parked: boolean
}

/** What is scheduled for one queue. */
interface QueueTasks {
  readonly owner: BlockOwner
  readonly parked: TimeHeap
}

/**
 * Everything that is scheduled, by time, by context, by queue and by subject. A context is a block of words, and is
 * known by its number; 0 is none.
 *
 *     by time      TimeOrder      what waits for its time
 *     parked       TimeHeap       per queue, what is due and waits for room there
 *     by context   CountIndex     generated id -> block, at most one per id; for other ids a HashIndex
 *     by queue     BlockOwner     task name -> pages of blocks
 *     by subject   SubjectIndex   subject key -> blocks
 *
 * A context is in the three indexes, and in exactly one of the two orders of time. `add` and `remove` are the only
 * lines that change an index, so the indexes cannot disagree; a context that leaves is forgotten by all of them.
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
  #sequence = 0
  #absolute = 0
  /** What the calendar showed more than the clock when the absolute times that wait were placed: least and most. */
  #leastOffset = 0
  #mostOffset = 0

  constructor(newCodec: () => CargoCodec = plainCargo) {
    this.#tasks = new TaskBlocks(this.#store, newCodec, this.#ids)
    this.#waiting = new TimeOrder(this.#store, this.#tasks)
    this.#byCount = new CountIndex(this.#store)
    this.#byText = new HashIndex(this.#store, idWord, idLinkWord)
    this.#bySubject = new SubjectIndex(this.#store)
  }

  /** How many contexts there are, parked ones included. */
  get size(): number {
    return this.#byCount.size + this.#byText.size
  }

  /** How many contexts wait for a calendar time. */
  get absoluteCount(): number {
    return this.#absolute
  }

  /** How many bytes of memory it has for its blocks. */
  get bytes(): number {
    return this.#store.bytes
  }

  /** Where what is kept per context can be counted: nothing may stay of one that left. */
  get indexSizes(): Readonly<
    Record<'contexts' | 'queues' | 'subjects' | 'times' | 'parkedQueues' | 'idPrefixes', number>
  > {
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
    if (this.size === 0) return false
    for (let index = 0; index < records.count; index++) {
      if (this.get(records.at(index).id) !== 0) return true
    }
    return false
  }

  /**
   * Adds a context whose id is not in the timetable: at `due` on the core's time line, or at `epochMs` of the
   * calendar, which shows `offsetMs` more than the clock.
   */
  add({ record, due, epochMs }: NewTask, offsetMs: number): number {
    const placed = epochMs === null ? (due ?? 0) : epochMs - offsetMs
    const { owner } = this.#queueFor(record.taskName)
    const task = this.#create(owner, record, placed, epochMs)
    const { origin, number } = this.#ids
    if (origin === textOrigin) this.#byText.add(task)
    else this.#byCount.add(origin, number, task)
    this.#bySubject.add(task, record.subjectKey)
    this.#waiting.add(task)
    if (epochMs !== null) {
      this.#absolute++
      this.#leastOffset = Math.min(this.#leastOffset, offsetMs)
      this.#mostOffset = Math.max(this.#mostOffset, offsetMs)
    }
    return task
  }

  remove(task: number): void {
    const { owner, parked } = this.#queueOf(task)
    if (this.#tasks.isParked(task)) parked.remove(task)
    else this.#leaveTime(task)
    const origin = this.#tasks.originOf(task)
    if (origin === textOrigin) this.#byText.remove(task)
    else this.#byCount.remove(origin, this.#tasks.numberOf(task))
    this.#bySubject.remove(task)
    this.#tasks.delete(task)
    if (owner.blocks === 0) this.#forgetQueue(owner)
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
    return this.#store.ownerOf(task).name
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
    const first = this.#waiting.first()
    return first === 0 ? Infinity : this.#tasks.due(first)
  }

  /** The first context that waits for its time; 0 if none does. */
  first(): number {
    return this.#waiting.first()
  }

  /** Reads the first that waits for its time, so that this need not be done when it is due. */
  prepare(): void {
    const task = this.first()
    if (task === 0) return
    this.#ready = null
    this.#ready = { task, sequence: this.#tasks.sequence(task), record: this.record(task) }
  }

  /** The first context that waits for room on a queue; 0 if none does. */
  firstParked(taskName: string): number {
    return this.#byQueue.get(taskName)?.parked.first() ?? 0
  }

  /** Keeps a due context until its queue has room. It stays scheduled: every index still knows it. */
  park(task: number): void {
    this.#leaveTime(task)
    this.#tasks.setParked(task)
    this.#store.set(task + nextInTimeWord, inHeap)
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

  /** The first few of a subject, in order of adding, to be removed before long; none when there is none. */
  someOfSubject(key: string): number[] {
    const tasks: number[] = []
    let task = this.#bySubject.first(key)
    for (; task !== 0 && tasks.length < mostAtOnce; task = this.#bySubject.next(task)) {
      tasks.push(task)
    }
    // Their neighbours in time are anywhere: looked for one after the other, each would be waited for.
    for (const one of tasks) this.#waiting.touchNeighbours(one)
    return tasks
  }

  /** Those of a subject, in order of adding. */
  ofSubject(key: string): number[] {
    const tasks: number[] = []
    let task = this.#bySubject.first(key)
    for (; task !== 0; task = this.#bySubject.next(task)) tasks.push(task)
    return tasks
  }

  /** Those of a queue, in no particular order. */
  ofQueue(taskName: string): number[] {
    const tasks: number[] = []
    const queue = this.#byQueue.get(taskName)
    if (!queue) return tasks
    this.#store.forEach(queue.owner, (block) => {
      if (this.#tasks.isLive(block)) tasks.push(block)
    })
    return tasks
  }

  scheduledCount(taskName: string): number {
    const queue = this.#byQueue.get(taskName)
    return queue ? queue.owner.blocks - queue.parked.size : 0
  }

  parkedCount(taskName: string): number {
    return this.#byQueue.get(taskName)?.parked.size ?? 0
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
    for (const { owner } of this.#byQueue.values()) {
      this.#store.forEach(owner, (task) => this.#place(task, offsetMs))
    }
    return movedMs
  }

  #create(owner: BlockOwner, record: TaskRecord, due: number, epochMs: number | null): number {
    try {
      return this.#tasks.create(owner, record, due, epochMs, ++this.#sequence)
    } catch (error) {
      if (owner.blocks === 0) this.#forgetQueue(owner)
      throw error
    }
  }

  #forgetQueue(owner: BlockOwner): void {
    this.#byQueue.delete(owner.name)
    this.#queues[owner.number] = undefined
    this.#tasks.forgetOwner(owner)
    this.#store.removeOwner(owner)
  }

  /** Places what waits for a calendar time by another offset. */
  #place(task: number, offsetMs: number): void {
    if (!this.#tasks.isLive(task) || this.#tasks.isParked(task)) return
    const epochMs = this.#tasks.epochMs(task)
    if (epochMs === null) return
    this.#waiting.remove(task)
    this.#tasks.setDue(task, epochMs - offsetMs)
    this.#waiting.add(task)
  }

  #leaveTime(task: number): void {
    this.#waiting.remove(task)
    if (this.#tasks.isAbsolute(task)) this.#absolute--
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

  #queueFor(taskName: string): QueueTasks {
    let queue = this.#byQueue.get(taskName)
    if (!queue) {
      queue = { owner: this.#store.addOwner(taskName), parked: new TimeHeap(this.#tasks) }
      this.#byQueue.set(taskName, queue)
      this.#queues[queue.owner.number] = queue
    }
    return queue
  }

  #queueOf(task: number): QueueTasks {
    const queue = this.#queues[this.#store.ownerNumberOf(task)]
    if (!queue) throw new RangeError(`There is no context ${task}.`)
    return queue
  }
}
