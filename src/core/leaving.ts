import { placeOf, type BlockOwner, type BlockStore } from './block-store.ts'
import type { SubjectIndex } from './subject-index.ts'
import type { TaskBlocks } from './task-blocks.ts'
import * as taskLayout from './task-layout.ts'
import type { TimeOrder } from './time-order.ts'

const { absolute, detailsWord, flagsWord, inHeap, parked, timeWord } = taskLayout

/** How many contexts are looked for together. */
export const mostAtOnce = 64

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
 * Contexts that no id finds any more, and that are still to be taken out of everything else: a little later, together,
 * but before anybody looks. Where they are is far apart: looked for one after the other, each would be waited for.
 */
export class Leaving {
  readonly #from: LeftBehind
  readonly #tasks = new Uint32Array(mostAtOnce)
  #count = 0
  /** The words of each that nothing changes before it leaves: what else leaves changes the links of subjects only. */
  readonly #places = new Uint32Array(mostAtOnce)
  readonly #details = new Uint32Array(mostAtOnce)
  readonly #flags = new Uint32Array(mostAtOnce)
  /** Whether all stand in a cell of a slot, for a time that is none of the calendar. */
  #allWait = false
  /** What was seen last of where they are. It means nothing: it is kept so that nobody leaves the looking out. */
  seen = 0
  /** Whether one of them may still be found by its subject. */
  hasSubjects = false

  constructor(from: LeftBehind) {
    this.#from = from
  }

  /** One more, which no id finds any more. */
  push(task: number, mayHaveSubject: boolean): void {
    this.#tasks[this.#count++] = task
    this.hasSubjects ||= mayHaveSubject
    if (this.#count === this.#tasks.length) this.#leave()
  }

  /** The same of several, but not of those that are 0. */
  pushAll(tasks: Uint32Array, count: number, mayHaveSubjects: boolean): void {
    for (let index = 0; index < count; index++) {
      const task = tasks[index] ?? 0
      if (task === 0) continue
      this.#tasks[this.#count++] = task
      if (this.#count === this.#tasks.length) this.#leave()
    }
    if (this.#count > 0) this.hasSubjects ||= mayHaveSubjects
  }

  /** Has all of them leave. Whatever looks at more than ids begins with it. */
  settle(): void {
    if (this.#count > 0) this.#leave()
  }

  /** Each kind of place by itself: a short loop is waited for less. */
  #leave(): void {
    const count = this.#count
    this.#look(count)
    const { tasks, waiting, bySubject } = this.#from
    if (this.#allWait) waiting.removeCells(this.#places, count)
    else this.#leaveTime(count)
    bySubject.removeAll(this.#tasks, count)
    const emptied = tasks.deleteAll(this.#tasks, this.#details, this.#flags, count)
    for (const owner of emptied) if (owner.blocks === 0) this.#from.forgetQueue(owner)
    this.#count = 0
    this.hasSubjects = false
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
    let seen = store.lookAll(tasks, count)
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
    seen ^= store.lookAll(places, count)
    seen ^= bySubject.lookAll(tasks, count)
    seen ^= store.lookAllPages(tasks, count) ^ store.lookAllPages(details, count)
    this.seen = seen
  }
}
