import { placeOf, type BlockOwner, type BlockStore } from './block-store.ts'
import { MarkedBlocks, mostOfPage } from './marked-blocks.ts'
import type { SubjectIndex } from './subject-index.ts'
import type { TaskBlocks } from './task-blocks.ts'
import * as taskLayout from './task-layout.ts'
import type { TimeOrder } from './time-order.ts'

const { absolute, detailsWord, flagsWord, inHeap, parked, timeWord } = taskLayout

/** How many contexts are looked for together. */
export const mostAtOnce = 64
/** For so many of a page it is worth while to look at all of it. */
const worthPage = 24
/** So few may always be still to leave. */
const fewLeaving = 64
/** So many leave within a millisecond. */
const manyLeaving = 2048
/** And so many may be still to leave, as long as they are no more than a quarter of those that stay. */
const mostLeaving = 2 ** 18

/** When they are more, so many leave at once: that takes a fraction of a millisecond. */
export const mostPerCall = 512

/** How many contexts of a queue are still to leave. */
export interface LeavingCount {
  waiting: number
  parked: number
}

/** What contexts are taken out of. */
export interface LeftBehind {
  readonly store: BlockStore
  readonly tasks: TaskBlocks
  readonly waiting: TimeOrder
  readonly bySubject: SubjectIndex
  /** How many wait for a time of the calendar. */
  readonly offsets: { count: number }
  /** Takes one out of those that wait for room on a queue. */
  readonly unpark: (task: number, ownerNumber: number) => void
  readonly forgetQueue: (owner: BlockOwner) => void
}

/**
 * Contexts that no id finds any more, and that are still to be taken out of everything else: a little later, those of a
 * page together. What they touch is near to what others of their page touch, mostly, and far from all else; one after the
 * other each would be waited for.
 *
 * They are still in the order of time, among those of their subject and of their queue. Whoever looks there asks whether
 * they are here, or has all of them leave before.
 */
export class Leaving {
  readonly #from: LeftBehind
  readonly #marked: MarkedBlocks
  readonly #ofPage = new Uint32Array(mostOfPage)
  readonly #tasks = new Uint32Array(mostAtOnce)
  /** The words of each that nothing changes before it leaves: what else leaves changes the links of subjects only. */
  readonly #places = new Uint32Array(mostAtOnce)
  readonly #details = new Uint32Array(mostAtOnce)
  readonly #flags = new Uint32Array(mostAtOnce)
  /** Whether all stand in a cell of a slot, for a time that is none of the calendar. */
  #allWait = false
  /** Of each owner of details, how many are still to leave, once somebody asked; null: nobody did since there were none. */
  #counts: Map<number, LeavingCount> | null = null
  /** What was seen last of where they are. It means nothing: it is kept so that nobody leaves the looking out. */
  seen = 0

  constructor(from: LeftBehind) {
    this.#from = from
    this.#marked = new MarkedBlocks(from.store)
  }

  /** How many are still to leave. */
  get size(): number {
    return this.#marked.size
  }

  /** Whether a context is still to leave. */
  has(task: number): boolean {
    return this.#marked.size > 0 && this.#marked.has(task)
  }

  /** Several, but not those that are 0, which no id finds any more. `live` others are there to stay. */
  pushAll(tasks: Uint32Array, count: number, live: number): void {
    this.#marked.markAll(tasks, count)
    for (let index = 0; this.#counts && index < count; index++) {
      const task = tasks[index] ?? 0
      if (task !== 0) this.#count(this.#counts, task, 1)
    }
    this.#leaveMost(live)
  }

  /** One that no id finds any more leaves now. */
  leave(task: number): void {
    this.#tasks[0] = task
    this.#leave(1)
  }

  /** One that is still to leave does so now, with those of its page; gives how many. */
  leaveNear(task: number): number {
    return this.#leavePage(this.#marked.takeNear(task, this.#ofPage))
  }

  /** Has all of them leave. */
  settle(): void {
    while (this.#marked.size > 0) this.#leaveFirst()
  }

  /** The same, unless they are so many that it would take long. */
  settleUnlessMany(): void {
    if (this.#marked.size <= manyLeaving) this.settle()
  }

  /** Has some of them leave; whether there are others. */
  leaveSome(): boolean {
    for (let left = 0; left < mostPerCall && this.#marked.size > fewLeaving;) {
      left += this.#leaveFirst()
    }
    if (this.#marked.size <= fewLeaving) this.settle()
    return this.#marked.size > 0
  }

  /** Has those leave that are more than may be still to leave, but no more than so many at once. */
  #leaveMost(live: number): void {
    const most = this.#from.tasks.keepsApart ? fewLeaving : mostOf(live)
    for (let left = 0; left < mostPerCall && this.#areMoreThan(most);) left += this.#leaveFirst()
  }

  #areMoreThan(most: number): boolean {
    const { size, pageCount } = this.#marked
    return size > most || pageCount > size + fewLeaving
  }

  /** How many are still to leave of those whose details an owner has. */
  countOf(ownerNumber: number): LeavingCount {
    if (this.#marked.size === 0) return noneLeaving
    const counts = (this.#counts ??= this.#countEach())
    return counts.get(ownerNumber) ?? noneLeaving
  }

  #countEach(): Map<number, LeavingCount> {
    const counts = new Map<number, LeavingCount>()
    this.#marked.forEach((task) => this.#count(counts, task, 1))
    return counts
  }

  #count(counts: Map<number, LeavingCount>, task: number, by: number): void {
    const { store, tasks } = this.#from
    const number = store.ownerNumberOf(store.get(task + detailsWord))
    let count = counts.get(number)
    if (!count) counts.set(number, (count = { waiting: 0, parked: 0 }))
    if (tasks.isParked(task)) count.parked += by
    else count.waiting += by
  }

  #leaveFirst(): number {
    return this.#leavePage(this.#marked.takeFirst(this.#ofPage))
  }

  #leavePage(count: number): number {
    if (this.#marked.size === 0) this.#counts = null
    for (let index = 0; this.#counts && index < count; index++) {
      this.#count(this.#counts, this.#ofPage[index] ?? 0, -1)
    }
    if (count >= worthPage) this.seen = this.#from.store.lookPage(this.#ofPage[0] ?? 0)
    for (let from = 0; from < count; from += mostAtOnce) {
      const length = Math.min(mostAtOnce, count - from)
      for (let index = 0; index < length; index++) {
        this.#tasks[index] = this.#ofPage[from + index] ?? 0
      }
      this.#leave(length)
    }
    return count
  }

  /** Those of one page. Each kind of place by itself: a short loop is waited for less. */
  #leave(count: number): void {
    this.#look(count)
    const { tasks, waiting, bySubject } = this.#from
    if (this.#allWait) waiting.removeCells(this.#places, count)
    else this.#leaveTime(count)
    bySubject.removeAll(this.#tasks, count)
    const emptied = tasks.deleteAll(this.#tasks, this.#details, this.#flags, count)
    for (const owner of emptied) if (owner.blocks === 0) this.#from.forgetQueue(owner)
  }

  /** Of some it is not a cell of a slot that they leave. */
  #leaveTime(count: number): void {
    const { store, waiting, offsets, unpark } = this.#from
    for (let index = 0; index < count; index++) {
      const task = this.#tasks[index] ?? 0
      const flags = this.#flags[index] ?? 0
      if ((flags & parked) !== 0) {
        unpark(task, store.ownerNumberOf(this.#details[index] ?? 0))
        continue
      }
      if ((flags & inHeap) === 0) waiting.removeCell(this.#places[index] ?? 0)
      else waiting.remove(task)
      if ((flags & absolute) !== 0) offsets.count--
    }
  }

  /** Looks at them and at where they stand in time. */
  #look(count: number): void {
    const { store, bySubject } = this.#from
    const tasks = this.#tasks
    const places = this.#places
    const details = this.#details
    const flags = this.#flags
    let all = 0
    for (let index = 0; index < count; index++) {
      const task = tasks[index] ?? 0
      const words = store.wordsAt(task)
      const place = placeOf(task)
      places[index] = words[place + timeWord] ?? 0
      details[index] = words[place + detailsWord] ?? 0
      const flag = words[place + flagsWord] ?? 0
      flags[index] = flag
      all |= flag
    }
    this.#allWait = (all & (parked | inHeap | absolute)) === 0
    // The place of one in a heap is a small number: what is looked at then is in the first chunk.
    let seen = store.lookAll(places, count)
    seen ^= bySubject.lookAll(tasks, count)
    seen ^= store.lookAllPages(details, count)
    this.seen = seen
  }
}

const noneLeaving: LeavingCount = { waiting: 0, parked: 0 }

function mostOf(live: number): number {
  return Math.max(fewLeaving, Math.min(mostLeaving, live >>> 2))
}
