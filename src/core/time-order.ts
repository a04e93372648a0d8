import { Heap } from 'heap-js'
import type { BlockOwner, BlockStore } from './block-store.ts'
import { HashIndex } from './hash-index.ts'
import type { TaskBlocks } from './task-blocks.ts'
import { inHeap, nextInTimeWord, previousInTimeWord } from './task-layout.ts'
import { TimeHeap } from './time-heap.ts'

/** How much time one slot takes up, in milliseconds. */
export const slotMs = 128
/** A slot of more tasks has them in exact order at all times: arranging them at once would take a while. */
const mostLinked = 4096

/** The words of a slot's block. */
const hashWord = 0
const linkWord = 1
const timeWord = 2
const firstWord = 4
/** How many were added since it was empty. */
const addedWord = 5
const slotWords = 6

/**
 * Tasks in exact order of time and, among equals, of adding.
 *
 *     heap of slots           10:00.000 ── 10:00.128 ── 11:30.256      heap-js: one operation per slot, not per task
 *                                 │             │            │
 *     the first slot, and      TimeHeap       a ⇄ b          c         the others' tasks are linked, in no order
 *     those of very many
 *
 * A slot's tasks are put in exact order when it becomes the first, or when it has so many that this would take long.
 * Nothing is rounded: a slot says where a task is looked for, its own time when it is due.
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
  readonly #index: HashIndex
  readonly #heap: Heap<number>
  /** The exact orders of the slots that have one. */
  readonly #orders = new Map<number, TimeHeap>()
  /** What was seen of neighbours last. It means nothing: it is kept so that nobody leaves the looking out. */
  seen = 0
  #live = 0
  #size = 0

  constructor(store: BlockStore, tasks: TaskBlocks) {
    this.#store = store
    this.#tasks = tasks
    this.#owner = store.addOwner('slots of time')
    this.#index = new HashIndex(store, hashWord, linkWord)
    this.#heap = new Heap((a, b) => store.getFloat(a + timeWord) - store.getFloat(b + timeWord))
  }

  get size(): number {
    return this.#size
  }

  /** How many slots it keeps, empty ones included: for the test that nothing is left behind. */
  get slotCount(): number {
    return this.#heap.size()
  }

  add(task: number): void {
    const store = this.#store
    const due = this.#tasks.due(task)
    const slot = this.#slotOf(due, true)
    const first = store.get(slot + firstWord)
    this.#size++
    if (first === inHeap) {
      store.set(task + nextInTimeWord, inHeap)
      this.#orderOf(slot).add(task, due, this.#tasks.sequence(task))
      return
    }
    if (first === 0) this.#live++
    else store.set(first + previousInTimeWord, task)
    store.set(task + previousInTimeWord, 0)
    store.set(task + nextInTimeWord, first)
    store.set(slot + firstWord, task)
    const added = store.get(slot + addedWord) + 1
    store.set(slot + addedWord, added)
    if (added > mostLinked) this.#arrange(slot)
  }

  remove(task: number): void {
    const store = this.#store
    this.#size--
    const next = store.get(task + nextInTimeWord)
    if (next === inHeap) {
      const slot = this.#slotOf(this.#tasks.due(task), false)
      const order = this.#orderOf(slot)
      order.remove(task)
      if (order.size > 0) return
      this.#orders.delete(slot)
      this.#emptied(slot)
      return
    }
    const previous = store.get(task + previousInTimeWord)
    if (next !== 0) store.set(next + previousInTimeWord, previous)
    if (previous !== 0) {
      store.set(previous + nextInTimeWord, next)
      return
    }
    const slot = this.#slotOf(this.#tasks.due(task), false)
    if (next === 0) this.#emptied(slot)
    else store.set(slot + firstWord, next)
  }

  /**
   * Looks at the neighbours of a task that is to be removed before long. Memory far apart is waited for: done for
   * several tasks in a row, they are waited for together.
   */
  touchNeighbours(task: number): void {
    const store = this.#store
    const next = store.get(task + nextInTimeWord)
    if (next === inHeap) return
    this.seen = store.get(next) + store.get(store.get(task + previousInTimeWord))
  }

  /** The first of all; 0 when there is none. */
  first(): number {
    for (let slot = this.#heap.peek(); slot !== undefined; slot = this.#heap.peek()) {
      const first = this.#store.get(slot + firstWord)
      if (first === inHeap) return this.#orderOf(slot).first()
      if (first !== 0) {
        if (this.#store.get(first + nextInTimeWord) === 0) return first
        this.#arrange(slot)
        return this.#orderOf(slot).first()
      }
      this.#heap.pop()
      this.#forget(slot)
    }
    return 0
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
    const order = new TimeHeap(tasks, store.get(slot + addedWord))
    for (let task = store.get(slot + firstWord); task !== 0;) {
      const next = store.get(task + nextInTimeWord)
      store.set(task + nextInTimeWord, inHeap)
      order.addLoose(task, tasks.due(task), tasks.sequence(task))
      task = next
    }
    order.arrange()
    store.set(slot + firstWord, inHeap)
    this.#orders.set(slot, order)
  }

  /** The slot of a time; 0 if there is none and none is to be made. */
  #slotOf(due: number, make: boolean): number {
    const store = this.#store
    const time = Math.floor(due / slotMs)
    const hash = time >>> 0
    for (let slot = this.#index.first(hash); slot !== 0; slot = this.#index.next(slot)) {
      if (store.getFloat(slot + timeWord) === time) return slot
    }
    if (!make) return 0
    const slot = store.take(this.#owner, slotWords)
    store.set(slot + hashWord, hash)
    store.setFloat(slot + timeWord, time)
    store.set(slot + firstWord, 0)
    store.set(slot + addedWord, 0)
    this.#index.add(slot)
    this.#heap.add(slot)
    return slot
  }

  #emptied(slot: number): void {
    this.#store.set(slot + firstWord, 0)
    this.#store.set(slot + addedWord, 0)
    this.#live--
    if (this.#heap.size() <= 2 * this.#live) return
    const kept: number[] = []
    for (const other of this.#heap.toArray()) {
      if (this.#store.get(other + firstWord) === 0) this.#forget(other)
      else kept.push(other)
    }
    this.#heap.init(kept)
  }

  #forget(slot: number): void {
    this.#index.remove(slot)
    this.#store.free(slot)
  }
}
