import type { Delivery, Holder, TrayMemory } from './delivery.ts'
import type { DeliveryRun } from './delivery-run.ts'
import { OfferedRun } from './offered-run.ts'

/** Whoever takes longer over one context is given one at a time: nothing is to wait behind it. */
const slowMs = 1
/** So much work, at its pace, is put before a consumer. */
const aheadMs = 16
/** So many contexts at most: in batches of half of that a message costs little enough. */
const mostAhead = 1023
/** Looked at so often without anything having happened, its consumer is taken to be slow. */
const mostLooks = 10

/**
 * What was put before a consumer ahead of its asking. It is queued until the consumer starts it, and the core can take it
 * back until then; whether it was started, the memory that both share decides.
 *
 *     offered  [ 7 8 9 ]   queued: in order, and the consumer starts them in order; first those that are made, then runs
 *     started  [ 5 6 ]     taken
 */
export class Tray {
  readonly taskName: string
  readonly holder: Holder
  readonly memory: TrayMemory
  readonly #made: Delivery[] = []
  readonly #runs: OfferedRun[] = []
  /** How many are in the runs. */
  #inRuns = 0
  started: Delivery[] = []
  /** How many may lie here: none until its consumer has shown that it is fast. */
  wanted = 0
  /** Grows when anything happens here. */
  moves = 0
  watched = false
  #moreWaits = false
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
    return this.count > 0 || this.started.length > 0
  }

  /** How many lie here. */
  get count(): number {
    return this.#made.length + this.#inRuns
  }

  /** The number of the first that lies here; Infinity when none does. */
  get firstNumber(): number {
    return (this.#made[0] ?? this.#runs[0])?.number ?? Infinity
  }

  /** What lies here and is made, in order: the runs come after it. */
  get made(): readonly Delivery[] {
    return this.#made
  }

  /** The first run, when nothing lies before it. */
  get firstRun(): OfferedRun | null {
    return this.#made.length > 0 ? null : (this.#runs[0] ?? null)
  }

  /** All that lies here, in order, each made. */
  get offered(): readonly Delivery[] {
    this.makeAll()
    return this.#made
  }

  /** How many more to put here; none while it is half full, so that they come in batches. */
  get room(): number {
    const { count } = this
    return count * 2 <= this.wanted ? this.wanted - count : 0
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
    this.#looks = this.moves === this.#movesSeen && this.count > 0 ? this.#looks + 1 : 0
    this.#movesSeen = this.moves
    if (this.#looks < mostLooks) return false
    this.wanted = 0
    return true
  }

  offer(delivery: Delivery): boolean {
    if (!this.memory.offer(delivery)) return false
    delivery.holder = this.holder
    // In order: what lies here in runs comes before it.
    this.makeAll()
    this.#made.push(delivery)
    this.moves++
    return true
  }

  /** The first of a run leave it and lie here: as many as can. Gives how many. */
  offerRun(run: DeliveryRun): number {
    const tickets = this.memory.offerRun(run)
    const { length } = tickets
    if (length === 0) return 0
    this.#runs.push(new OfferedRun(run.cut(length), tickets))
    this.#inRuns += length
    this.moves++
    return length
  }

  /** Makes every delivery that is still part of a run. */
  makeAll(): void {
    for (let run = this.#runs[0]; run; run = this.#runs[0]) {
      while (run.count > 0) this.#made.push(run.shift(this.holder))
      this.#runs.shift()
    }
    this.#inRuns = 0
  }

  /** The first was started, and is on its own. */
  shiftStarted(): Delivery | null {
    return this.#made.shift() ?? this.#shiftOfRun()
  }

  /** The first of the first run was finished, and nobody needs it as one of its own. */
  skipFinished(run: OfferedRun): void {
    run.skip()
    this.#leftRun(run)
  }

  /** Takes one back that lies here; false when it was started. */
  takeBack(delivery: Delivery): boolean {
    if (!this.memory.takeBack(delivery.ticket ?? -1)) return false
    this.#made.splice(this.#made.lastIndexOf(delivery), 1)
    delivery.ticket = null
    delivery.holder = null
    return true
  }

  /** Takes the first back; null when it was started, or there is none. */
  takeBackFirst(): Delivery | null {
    const [made] = this.#made
    if (made) return this.takeBack(made) ? made : null
    const [run] = this.#runs
    if (!run || !this.memory.takeBack(run.ticket)) return null
    const delivery = this.#shiftOfRun()
    if (delivery) delivery.ticket = delivery.holder = null
    return delivery
  }

  /** Whether somebody looks at it, and whether more is to be had than lies here: from now on, or not any more. */
  watch(on: boolean, moreWaits: boolean): void {
    if (on !== this.watched) this.memory.watch(on)
    this.watched = on
    if (moreWaits !== this.#moreWaits) this.memory.moreWaits(moreWaits)
    this.#moreWaits = moreWaits
  }

  #shiftOfRun(): Delivery | null {
    const [run] = this.#runs
    if (!run) return null
    const delivery = run.shift(this.holder)
    this.#leftRun(run)
    return delivery
  }

  #leftRun(run: OfferedRun): void {
    this.#inRuns--
    if (run.count === 0) this.#runs.shift()
  }
}
