import { BlockStore, type BlockOwner } from './block-store.ts'
import { plainCargo, type CargoCodec } from './cargo-codec.ts'
import { CalendarOffsets } from './calendar-offsets.ts'
import { CountIndex } from './count-index.ts'
import { HashIndex } from './hash-index.ts'
import type { TaskRecords } from './record-run.ts'
import { SubjectIndex } from './subject-index.ts'
import { TaskBlocks } from './task-blocks.ts'
import { TaskIds, textOrigin } from './task-ids.ts'
import { idLinkWord, idWord } from './task-layout.ts'
import type { NewTask, ScheduledEntry, TaskRecord } from './task-record.ts'
import { TimeHeap } from './time-heap.ts'
import { TimeOrder } from './time-order.ts'

export type { NewTask, ScheduledEntry, TaskRecord } from './task-record.ts'

export const mostAtOnce = 64

/** What is scheduled for one queue. */
interface QueueTasks {
  readonly owner: BlockOwner
  readonly parked: TimeHeap
}

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
  #sequence = 0
  readonly #offsets = new CalendarOffsets()
  /** Those that no id finds any more, and that are still to be taken out of everything else. */
  readonly #leaving: number[] = []
  #leavesSubjects = false
  /** What was seen last of where they are. It means nothing: it is kept so that nobody leaves the looking out. */
  seen = 0

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
  add({ record, due, epochMs }: NewTask, offsetMs: number): number {
    this.#settle()
    const placed = epochMs === null ? (due ?? 0) : epochMs - offsetMs
    const { owner } = this.#queueFor(record.taskName)
    const task = this.#create(owner, record, placed, epochMs)
    const { origin, number } = this.#ids
    if (origin === textOrigin) this.#byText.add(task)
    else this.#byCount.add(origin, number, task)
    this.#bySubject.add(task, record.subjectKey)
    this.#waiting.add(task)
    if (epochMs !== null) this.#offsets.add(offsetMs)
    return task
  }

  remove(task: number): void {
    const origin = this.#tasks.originOf(task)
    if (origin === textOrigin) this.#byText.remove(task)
    else this.#byCount.remove(origin, this.#tasks.numberOf(task))
    this.#leavesSubjects ||= this.#bySubject.has(task)
    this.#leave(task)
  }

  /** Removes the context of an id, mostly without looking at it yet; false if none is scheduled. */
  removeId(id: string): boolean {
    const known = this.#ids.find(id)
    const { origin, number } = this.#ids
    let task = known && origin !== textOrigin ? this.#byCount.take(origin, number) : 0
    this.#leavesSubjects = true
    if (task !== 0) {
      this.#leave(task)
    } else if (origin === textOrigin || this.#ids.mayBeText) {
      task = this.get(id)
      if (task !== 0) this.remove(task)
    }
    return task !== 0
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
    this.#leaveTime(task)
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

  /** Takes the first few off a subject, in order of adding; they are to be removed at once. None when there is none. */
  takeOfSubject(key: string): number[] {
    if (this.#leavesSubjects) this.#settle()
    const taken = this.#bySubject.take(key, mostAtOnce)
    let seen = 0
    for (const task of taken) {
      seen ^= this.#byCount.look(this.#tasks.originOf(task), this.#tasks.numberOf(task))
    }
    this.seen = seen
    return taken
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
    if (this.#tasks.isParked(task)) return
    const epochMs = this.#tasks.epochMs(task)
    if (epochMs === null) return
    this.#waiting.remove(task)
    this.#tasks.setDue(task, epochMs - offsetMs)
    this.#waiting.add(task)
  }

  /**
   * A context that is in no index of ids any more leaves everything else: a little later, together with others, but
   * before anybody looks. Where they are is far apart: looked for one after the other, each would be waited for.
   */
  #leave(task: number): void {
    if (this.#leaving.push(task) === mostAtOnce) this.#leaveAll()
  }

  /** Has those leave that are to. Whatever looks at more than ids begins with it. */
  #settle(): void {
    if (this.#leaving.length > 0) this.#leaveAll()
  }

  #leaveAll(): void {
    const leaving = this.#leaving
    let seen = 0
    for (const task of leaving) seen ^= this.#store.get(task)
    for (const task of leaving) {
      seen ^= this.#tasks.look(task) ^ this.#waiting.look(task) ^ this.#bySubject.look(task)
    }
    this.seen = seen
    for (const task of leaving) {
      const { owner, parked } = this.#queueOf(task)
      if (this.#tasks.isParked(task)) parked.remove(task)
      else this.#leaveTime(task)
      this.#bySubject.remove(task)
      this.#tasks.delete(task)
      if (owner.blocks === 0) this.#forgetQueue(owner)
    }
    leaving.length = 0
    this.#leavesSubjects = false
  }

  #leaveTime(task: number): void {
    this.#waiting.remove(task)
    if (this.#tasks.isAbsolute(task)) this.#offsets.count--
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
    const queue = this.#queues[this.#tasks.ownerNumberOf(task)]
    if (!queue) throw new RangeError(`There is no context ${task}.`)
    return queue
  }
}
