import Denque from 'denque'
import type { Deadlines } from './deadlines.ts'
import type { Delivery, Holder } from './delivery.ts'
import { DeliveryRun } from './delivery-run.ts'
import { TimeoutError } from './errors.ts'
import { LatenessCounter } from './lateness.ts'
import type { AddResult } from './context.ts'
import type { QueueStats } from './stats.ts'
import type { NewTask } from './timetable.ts'
import type { Tray } from './tray.ts'
import { WaitingLine, type Settle, type Wait } from './waiting-line.ts'

/** Contexts that are to enter together, and the queue that has no room for them. */
export interface WaitingBatch {
  readonly tasks: readonly NewTask[]
  full: TaskQueue
}

/**
 * A bounded queue of deliveries, first in first out, with the lines of those who wait at it.
 *
 *     producers ──▶ [ queued ............ ] ──▶ consumers      at most one of the two lines has somebody in it
 *     wait for room   at most maxSize           wait for work
 *
 * The number of a delivery grows with its entering, and the queue is in order of number at all times: what is given
 * back finds its old place at the front. A withdrawn delivery leaves a hole, skipped later; holes never outnumber
 * the deliveries that are left.
 */
export class TaskQueue {
  readonly name: string
  /** Infinity when it is unlimited. */
  readonly maxSize: number
  readonly consumers: WaitingLine<Holder, Delivery>
  readonly producers: WaitingLine<WaitingBatch, AddResult[]>
  readonly joiners: WaitingLine<null, void>
  readonly lateness: LatenessCounter = new LatenessCounter()
  /** What is in somebody's hands. */
  readonly taken: Set<Delivery> = new Set()
  /** What lies on these is queued, too. */
  readonly trays: Map<Holder, Tray> = new Map()
  /** How many lie there. */
  onTrays = 0
  done = 0
  #items = new Denque<Delivery | DeliveryRun>()
  /** How many of the items are runs. */
  #runs = 0
  #holes = 0
  #inLineCount = 0

  constructor(name: string, maxSize: number, deadlines: Deadlines) {
    this.name = name
    this.maxSize = maxSize > 0 ? maxSize : Infinity
    this.consumers = new WaitingLine(deadlines)
    this.producers = new WaitingLine(deadlines)
    this.joiners = new WaitingLine(deadlines)
  }

  /** How many are queued. */
  get size(): number {
    return this.#inLineCount + this.onTrays
  }

  /** How many of them lie on no tray. */
  get inLine(): number {
    return this.#inLineCount
  }

  /** How many entered and are not finished. */
  get unfinished(): number {
    return this.size + this.taken.size
  }

  /** How many more may enter now: a waiting consumer takes one past the queue. */
  get room(): number {
    return this.maxSize + this.consumers.size - this.size
  }

  /** Settles when everything that entered is finished. */
  join(deadline: number, settle: Settle<void>): Wait | null {
    if (this.unfinished === 0) {
      settle.resolve()
      return null
    }
    return this.joiners.join(null, settle, deadline, () => {
      const { name: taskName, unfinished } = this
      return new TimeoutError(
        `join('${taskName}') timed out with ${unfinished} contexts unfinished.`,
        { details: { taskName, unfinished } },
      )
    })
  }

  push(delivery: Delivery): void {
    this.#items.push(delivery)
    this.#inLineCount++
  }

  pushRun(run: DeliveryRun): void {
    this.#items.push(run)
    this.#runs++
    this.#inLineCount += run.count
  }

  /** The number of the first that lies on no tray; Infinity when there is none. */
  get firstNumber(): number {
    return this.#front()?.number ?? Infinity
  }

  /** The first that lies on no tray leaves. */
  shift(): Delivery | null {
    const front = this.#front()
    if (!front) return null
    this.#inLineCount--
    if (!(front instanceof DeliveryRun)) {
      this.#items.shift()
      return front
    }
    const delivery = front.shift()
    if (front.count === 0) this.#dropFrontRun()
    return delivery
  }

  /** The first that lie on no tray, and came together, leave: at most so many. Null when the first has come alone. */
  shiftRun(most: number): DeliveryRun | null {
    const front = this.#front()
    if (!(front instanceof DeliveryRun)) return null
    this.#inLineCount -= Math.min(most, front.count)
    if (most < front.count) return front.cut(most)
    this.#dropFrontRun()
    return front
  }

  /** Puts the rest of a run back that `shiftRun` gave. */
  unshiftRun(run: DeliveryRun): void {
    this.#items.unshift(run)
    this.#runs++
    this.#inLineCount += run.count
  }

  /** Puts back what had been shifted, before everything that entered after it. */
  restore(delivery: Delivery): void {
    const earlier: (Delivery | DeliveryRun)[] = []
    for (let front = this.#items.peekFront(); front; front = this.#items.peekFront()) {
      if (front.number > delivery.number) break
      this.#items.shift()
      earlier.push(front)
    }
    this.#items.unshift(delivery)
    this.#inLineCount++
    for (const front of earlier.toReversed()) this.#items.unshift(front)
  }

  /** Leaves a hole where a delivery was that is gone. */
  leaveHole(): void {
    this.#holes++
    this.#inLineCount--
    if (this.#holes > this.#items.length / 2) {
      this.#items = new Denque(this.#items.toArray().filter(isQueued))
      this.#holes = 0
    }
  }

  /** What is queued, in order. */
  queued(): Delivery[] {
    this.makeAll()
    const inLine = this.#items.toArray().filter(isQueuedAlone)
    if (this.onTrays === 0) return inLine
    const onTrays = [...this.trays.values()].flatMap(({ offered }) => offered)
    return [...onTrays, ...inLine].sort((a, b) => a.number - b.number)
  }

  /** Makes every delivery that is still part of a run: somebody looks at them one by one. */
  makeAll(): void {
    for (const tray of this.trays.values()) tray.makeAll()
    if (this.#runs === 0) return
    const items = this.#items.toArray()
    this.#items = new Denque<Delivery | DeliveryRun>()
    this.#runs = 0
    for (const item of items) {
      if (item instanceof DeliveryRun) while (item.count > 0) this.#items.push(item.shift())
      else this.#items.push(item)
    }
  }

  /** How it stands; what is scheduled for it is not its own to know. */
  stats(scheduled: number, parked: number): QueueStats {
    return {
      maxSize: this.maxSize === Infinity ? 0 : this.maxSize,
      scheduled,
      parked,
      queued: this.size,
      taken: this.taken.size,
      done: this.done,
      consumers: this.consumers.size,
      lateness: this.lateness.snapshot(),
    }
  }

  #front(): Delivery | DeliveryRun | null {
    for (let item = this.#items.peekFront(); item; item = this.#items.peekFront()) {
      if (isQueued(item)) return item
      this.#items.shift()
      this.#holes--
    }
    return null
  }

  #dropFrontRun(): void {
    this.#items.shift()
    this.#runs--
  }
}

function isQueuedAlone(item: Delivery | DeliveryRun): item is Delivery {
  return !(item instanceof DeliveryRun) && item.state === 'queued'
}

/** A run has no holes: who withdraws one of it has all of them made. */
function isQueued(item: Delivery | DeliveryRun): boolean {
  return item instanceof DeliveryRun || item.state === 'queued'
}
