import type { Delivery, Holder, TrayMemory } from './delivery.ts'

/** Whoever takes longer over one context is given one at a time: nothing is to wait behind it. */
const slowMs = 1
/** So much work, at its pace, is put before a consumer. */
const aheadMs = 16
/** So many contexts at most: in batches of half of that a message costs little enough. */
const mostAhead = 255
/** Looked at so often without anything having happened, its consumer is taken to be slow. */
const mostLooks = 10

/**
 * What was put before a consumer ahead of its asking. It is queued until the consumer starts it, and the core can take it
 * back until then; whether it was started, the memory that both share decides.
 *
 *     offered  [ 7 8 9 ]   queued: in order, and the consumer starts them in order
 *     started  [ 5 6 ]     taken
 */
export class Tray {
  readonly taskName: string
  readonly holder: Holder
  readonly memory: TrayMemory
  readonly offered: Delivery[] = []
  started: Delivery[] = []
  /** How many may lie here: none until its consumer has shown that it is fast. */
  wanted = 0
  /** Grows when anything happens here. */
  moves = 0
  watched = false
  #movesSeen = 0
  #looks = 0
  #since = Number.NaN
  #startedSince = 0

  constructor(taskName: string, holder: Holder, memory: TrayMemory) {
    this.taskName = taskName
    this.holder = holder
    this.memory = memory
  }

  get isActive(): boolean {
    return this.offered.length > 0 || this.started.length > 0
  }

  /** How many more to put here; none while it is half full, so that they come in batches. */
  get room(): number {
    const { length } = this.offered
    return length * 2 <= this.wanted ? this.wanted - length : 0
  }

  /** Its consumer was handed one over. */
  handedOver(now: number): void {
    this.#since = now
    this.#startedSince = 1
  }

  /** Its consumer has started one that lay here. */
  hasStarted(): void {
    this.#startedSince++
    this.moves++
  }

  /** Its consumer came back for more: how long it took over each decides how many it is given ahead. */
  adapt(now: number): void {
    if (this.#startedSince === 0) return
    const eachMs = (now - this.#since) / this.#startedSince
    const atItsPace = Math.floor(aheadMs / eachMs)
    this.wanted = eachMs < slowMs ? Math.min(mostAhead, 4 * this.wanted + 3, atItsPace) : 0
    this.#since = now
    this.#startedSince = 0
  }

  /** Looks at it once more; true when nothing has happened here for long, and nothing more is put here. */
  isStalled(): boolean {
    this.#looks = this.moves === this.#movesSeen && this.offered.length > 0 ? this.#looks + 1 : 0
    this.#movesSeen = this.moves
    if (this.#looks < mostLooks) return false
    this.wanted = 0
    return true
  }

  offer(delivery: Delivery): boolean {
    if (!this.memory.offer(delivery)) return false
    delivery.holder = this.holder
    this.offered.push(delivery)
    this.moves++
    return true
  }

  /** Takes one back that lies here; false when it was started. */
  takeBack(delivery: Delivery): boolean {
    if (!this.memory.takeBack(delivery)) return false
    delivery.holder = null
    this.offered.splice(this.offered.indexOf(delivery), 1)
    return true
  }

  /** Whether somebody looks at it: from now on, or not any more. */
  watch(on: boolean): void {
    if (on !== this.watched) this.memory.watch(on)
    this.watched = on
  }
}
