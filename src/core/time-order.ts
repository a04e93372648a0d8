import { Heap } from 'heap-js'
import { placeOf, type BlockOwner, type BlockStore } from './block-store.ts'
import { HashIndex } from './hash-index.ts'
import type { TaskBlocks } from './task-blocks.ts'
import { TimeHeap } from './time-heap.ts'

/** How much time one slot takes up, in milliseconds. */
export const slotMs = 1024
/** Exact, as slots take up a power of two. */
const slotsPerMs = 1 / slotMs
/** A slot of more groups has its tasks in exact order at all times: arranging so many at once would take a while. */
const mostGroups = 320

/** Slots of more than an hour in a row are found at once. */
const slotRowBits = 13
const nearSlots = 2 ** slotRowBits

/** So many are added together at most. */
export const mostAtOnce = 64

/** The words of a slot's block. */
const linkWord = 0
const hashWord = 1
const startWord = 2
/** The group that was added last, and how many there are. */
const firstWord = 4
const countWord = 5
const slotWords = 6
/** Instead of a first group: the tasks are in exact order. */
const arranged = 0xffffffff

/** The words of a group: its slot, the next and the previous one, and cells for tasks. Numbers of groups end in 0000. */
const groupWords = 16
const slotWord = 0
/** And in the last four bits, how many of the cells that were used are empty again: they are 0. */
const nextWord = 1
/** And in the last four bits, how many of the cells were used: all, unless it is the first group. */
const previousWord = 2
const countMask = 15
const cellsWord = 3
const cellCount = 13

/** What is known of a slot near others: when it starts, in two words; its first group, 0: it is to be asked for. */
const nearFloats = 2
const nearWords = 4
const nearGroup = 2

/**
 * Tasks in exact order of time and, among equals, of adding.
 *
 *     heap of slots           10:00.000 ── 10:01.024 ── 11:30.112      heap-js: one operation per slot, not per task
 *                                 │             │            │
 *     the first slot, and      TimeHeap     a - b c d      e           the others' tasks stand in groups of 13,
 *     those of very many                    f g                        in no order
 *
 * A slot's tasks are put in exact order when it becomes the first, or when it has so many that this would take long.
 * Nothing is rounded: a slot says where a task is looked for, its own time when it is due.
 *
 * A task knows its cell, so removing it touches one group and no other task, and adding it only writes, to the group
 * that was added last. Cells that are empty again are not used again: a group is given back when all of its are.
 *
 * heap-js has no cheap removal from the middle (its `remove()` walks the heap), so a slot that empties stays until it
 * is the first or until empty slots outnumber the others: then the heap is built anew. That bounds it at twice the
 * live slots and costs O(1) per removal in the long run.
 *
 * add and remove O(1), first O(1) amortised; within a slot of very many, and within the first, O(log n) for n in it.
 */
export class TimeOrder {
  readonly #store: BlockStore
  readonly #tasks: TaskBlocks
  readonly #owner: BlockOwner
  readonly #groups: BlockOwner
  readonly #index: HashIndex
  /** Slots that were added to lately, each at a place of its own among those in a row. */
  readonly #near = new Float64Array(nearFloats * nearSlots)
  readonly #nearWords = new Uint32Array(this.#near.buffer)
  readonly #heap: Heap<number>
  /** The exact orders of the slots that have one. */
  readonly #orders = new Map<number, TimeHeap>()
  /** What was seen last. It means nothing: it is kept so that nobody leaves the looking out. */
  seen = 0
  #live = 0
  #size = 0

  constructor(store: BlockStore, tasks: TaskBlocks) {
    this.#store = store
    this.#tasks = tasks
    this.#owner = store.addOwner('slots of time')
    this.#groups = store.addOwner('groups of a slot')
    this.#index = new HashIndex(store, hashWord, linkWord, 0.5, slotRowBits)
    this.#heap = new Heap((a, b) => store.getFloat(a + startWord) - store.getFloat(b + startWord))
  }

  get size(): number {
    return this.#size
  }

  /** How many slots it keeps, empty ones included: for the test that nothing is left behind. */
  get slotCount(): number {
    return this.#heap.size()
  }

  add(task: number, due: number = this.#tasks.due(task)): void {
    const start = startOf(due)
    const near = start & (nearSlots - 1)
    const group = this.#nearGroupOf(start, near)
    const words = this.#store.wordsAt(group)
    const place = placeOf(group)
    const used = group === 0 ? cellCount : (words[place + previousWord] ?? 0)
    const filled = used & countMask
    if (filled === cellCount) {
      const slot = group === 0 ? this.#slotOf(start) : (words[place + slotWord] ?? 0)
      this.#addToSlot(task, due, slot, start, near)
      return
    }
    this.#size++
    words[place + previousWord] = used + 1
    words[place + cellsWord + filled] = task
    this.#tasks.setPlace(task, group + cellsWord + filled)
  }

  /** Adds several, of which it is known when they are due: where they belong is far apart, and looked at together. */
  addAll(tasks: Uint32Array, dues: Float64Array, count: number): void {
    let seen = 0
    for (let index = 0; index < count; index++) {
      const start = startOf(dues[index] ?? 0)
      const group = this.#nearGroupOf(start, start & (nearSlots - 1))
      seen ^= this.#store.wordsAt(group)[placeOf(group)] ?? 0
    }
    this.seen = seen
    for (let index = 0; index < count; index++) this.add(tasks[index] ?? 0, dues[index] ?? 0)
  }

  /** The first group of the slot that starts then, if that is known. */
  #nearGroupOf(start: number, near: number): number {
    if (this.#near[nearFloats * near] !== start) return 0
    return this.#nearWords[nearWords * near + nearGroup] ?? 0
  }

  /** Adds to a slot of which it is not known where there is room, or known that there is none. */
  #addToSlot(task: number, due: number, slot: number, start: number, near: number): void {
    const store = this.#store
    let group = store.get(slot + firstWord)
    if (group === arranged) {
      this.#size++
      this.#tasks.setInHeap(task, true)
      this.#orderOf(slot).add(task, due, this.#tasks.sequence(task))
      return
    }
    if (group === 0 || this.#filled(group) === cellCount) group = this.#addGroup(slot, group)
    this.#size++
    const used = store.get(group + previousWord)
    const cell = group + cellsWord + (used & countMask)
    store.set(group + previousWord, used + 1)
    store.set(cell, task)
    this.#tasks.setPlace(task, cell)
    this.#near[nearFloats * near] = start
    this.#nearWords[nearWords * near + nearGroup] = group
    if (store.get(slot + countWord) > mostGroups) this.#arrange(slot)
  }

  remove(task: number): void {
    const tasks = this.#tasks
    if (!tasks.isInHeap(task)) {
      this.removeCell(tasks.placeOf(task))
      return
    }
    this.#size--
    const slot = this.#slotOf(startOf(tasks.due(task)))
    const order = this.#orderOf(slot)
    order.remove(task)
    tasks.setInHeap(task, false)
    if (order.size > 0) return
    this.#orders.delete(slot)
    this.#store.set(slot + firstWord, 0)
    this.#emptied()
  }

  /** Removes a task that is in no heap: its place is this cell. */
  removeCell(cell: number): void {
    this.#size--
    const group = groupOf(cell)
    const words = this.#store.wordsAt(group)
    const place = placeOf(group)
    const next = words[place + nextWord] ?? 0
    const filled = (words[place + previousWord] ?? 0) & countMask
    if ((next & countMask) + 1 === filled) {
      this.#removeGroup(words[place + slotWord] ?? 0, group)
    } else {
      words[placeOf(cell)] = 0
      words[place + nextWord] = next + 1
    }
  }

  /** The same of several. */
  removeCells(cells: Uint32Array, count: number): void {
    for (let index = 0; index < count; index++) this.removeCell(cells[index] ?? 0)
  }

  /** The first of all; 0 when there is none. */
  first(): number {
    const store = this.#store
    for (let slot = this.#heap.peek(); slot !== undefined; slot = this.#heap.peek()) {
      const group = store.get(slot + firstWord)
      if (group === arranged) return this.#orderOf(slot).first()
      if (group !== 0) {
        const only = this.#onlyOne(group)
        if (only !== 0) return only
        this.#arrange(slot)
        return this.#orderOf(slot).first()
      }
      this.#heap.pop()
      this.#forget(slot)
    }
    return 0
  }

  /** The task of a slot that has only one, in this group, so that there is nothing to arrange; else 0. */
  #onlyOne(group: number): number {
    const store = this.#store
    if (store.get(group + nextWord) !== this.#filled(group) - 1) return 0
    let cell = group + cellsWord
    while (store.get(cell) === 0) cell++
    return store.get(cell)
  }

  /** How many cells of a group were used. */
  #filled(group: number): number {
    return this.#store.get(group + previousWord) & countMask
  }

  #addGroup(slot: number, next: number): number {
    const store = this.#store
    const group = store.take(this.#groups, groupWords)
    const words = store.wordsAt(group)
    const place = placeOf(group)
    words[place + slotWord] = slot
    words[place + nextWord] = next
    words[place + previousWord] = 0
    if (next === 0) this.#live++
    else store.set(next + previousWord, group + cellCount)
    store.set(slot + firstWord, group)
    store.set(slot + countWord, store.get(slot + countWord) + 1)
    return group
  }

  #removeGroup(slot: number, group: number): void {
    const store = this.#store
    const next = groupOf(store.get(group + nextWord))
    const previous = groupOf(store.get(group + previousWord))
    if (next !== 0) store.set(next + previousWord, previous + this.#filled(next))
    store.set(slot + countWord, store.get(slot + countWord) - 1)
    store.free(group)
    if (previous !== 0) {
      store.set(previous + nextWord, next + (store.get(previous + nextWord) & countMask))
      return
    }
    store.set(slot + firstWord, next)
    this.#forgetGroup(slot, group)
    if (next === 0) this.#emptied()
  }

  #orderOf(slot: number): TimeHeap {
    const order = this.#orders.get(slot)
    if (!order) throw new RangeError(`Slot ${slot} has no order.`)
    return order
  }

  /** Puts the tasks of a slot in exact order. */
  #arrange(slot: number): void {
    const store = this.#store
    const tasks = this.#tasks
    const order = new TimeHeap(tasks, store.get(slot + countWord) * cellCount)
    this.#forgetGroup(slot, store.get(slot + firstWord))
    for (let group = store.get(slot + firstWord); group !== 0;) {
      const end = group + cellsWord + this.#filled(group)
      for (let cell = group + cellsWord; cell < end; cell++) {
        const task = store.get(cell)
        if (task === 0) continue
        tasks.setInHeap(task, true)
        order.addLoose(task, tasks.due(task), tasks.sequence(task))
      }
      const next = groupOf(store.get(group + nextWord))
      store.free(group)
      group = next
    }
    order.arrange()
    store.set(slot + firstWord, arranged)
    store.set(slot + countWord, 0)
    this.#orders.set(slot, order)
  }

  /** The slot that starts then, made if there is none. */
  #slotOf(start: number): number {
    const store = this.#store
    const hash = start >>> 0
    for (let slot = this.#index.first(hash); slot !== 0; slot = this.#index.next(slot)) {
      if (store.isFloat(slot + startWord, start)) return slot
    }
    const slot = store.take(this.#owner, slotWords)
    store.set(slot + firstWord, 0)
    store.set(slot + countWord, 0)
    store.set(slot + hashWord, hash)
    store.setFloat(slot + startWord, start)
    this.#index.add(slot)
    this.#heap.add(slot)
    return slot
  }

  /** A group is the first of its slot no more. */
  #forgetGroup(slot: number, group: number): void {
    const near = this.#store.get(slot + hashWord) & (nearSlots - 1)
    const at = nearWords * near + nearGroup
    if (this.#nearWords[at] === group) this.#nearWords[at] = 0
  }

  /** One more slot has nothing in it. */
  #emptied(): void {
    this.#live--
    if (this.#heap.size() <= 2 * this.#live) return
    const kept: number[] = []
    for (const slot of this.#heap.toArray()) {
      if (this.#store.get(slot + firstWord) === 0) this.#forget(slot)
      else kept.push(slot)
    }
    this.#heap.init(kept)
  }

  #forget(slot: number): void {
    this.#index.remove(slot)
    this.#store.free(slot)
  }
}

/** When the slot of a time starts, in slots. */
function startOf(due: number): number {
  // Not -0, which has other bits than 0.
  return Math.floor(due * slotsPerMs) + 0
}

/** The group of a cell, or of what else ends in other bits than its number. */
function groupOf(cell: number): number {
  return (cell & -groupWords) >>> 0
}
