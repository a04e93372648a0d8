import type { Clock } from './clock.ts'
import type { Delivery, Holder } from './delivery.ts'
import type { DeliveryRun } from './delivery-run.ts'
import type { TaskQueue } from './task-queue.ts'
import { Tray } from './tray.ts'

/** What becomes of deliveries that were started on a tray. */
export interface TrayHost {
  queueOf(taskName: string): TaskQueue
  /** It is in its consumer's hands since then. */
  started(queue: TaskQueue, delivery: Delivery, at: number): void
  finished(queue: TaskQueue, delivery: Delivery): void
  /** The same two at once, for most are found finished. */
  startedAndFinished(queue: TaskQueue, delivery: Delivery, at: number): void
  /** The same of one that is part of a run, and was due when it was queued. */
  finishedInRun(queue: TaskQueue, queuedAt: number, at: number): void
  /** Whether somebody wants to hear of each that is started or finished. */
  tellsOfEach(): boolean
  /** They go back to their places, in order. */
  restore(deliveries: readonly Delivery[]): void
}

/**
 * All trays: puts onto them, follows what their consumers do with it, and takes back.
 *
 * The core sees what consumers did when it follows them, before every message and every pass: by its own clock a
 * context may be taken a moment earlier than it knows.
 */
export class Trays {
  readonly #clock: Clock
  readonly #host: TrayHost
  /** Those on which something lies or was started. */
  readonly #active = new Set<Tray>()
  /** Queues that have any. */
  readonly #queues = new Set<TaskQueue>()
  /** Those of which something was started or finished. */
  readonly #changed = new Set<TaskQueue>()
  /** Whether one is only to be handed out to somebody who asks. */
  keepsBack: (delivery: Delivery) => boolean = () => false
  /** Whether there is such a one at all. */
  keepsAnyBack: () => boolean = () => false

  constructor(clock: Clock, host: TrayHost) {
    this.#clock = clock
    this.#host = host
  }

  /** A consumer asks for a context. */
  asked(queue: TaskQueue, holder: Holder): void {
    if (!holder.trayMemory) return
    const tray = queue.trays.get(holder)
    if (tray) return tray.adapt(this.#clock.now())
    queue.trays.set(holder, new Tray(queue.name, holder, holder.trayMemory))
    this.#queues.add(queue)
  }

  /** Lets the core know what was started and finished; gives the queues where that was so since the last time. */
  follow(): TaskQueue[] {
    for (const tray of this.#active) this.#follow(this.#host.queueOf(tray.taskName), tray)
    if (this.#changed.size === 0) return []
    const changed = [...this.#changed]
    this.#changed.clear()
    return changed
  }

  /** Puts what is queued before consumers that work fast: to each its share, in order. */
  handAhead(): void {
    for (const queue of this.#queues) {
      if (queue.inLine === 0) continue
      const low = [...queue.trays.values()].filter(({ room }) => room > 0)
      const share = Math.ceil(queue.inLine / low.length)
      for (const tray of low) this.#fill(queue, tray, share)
    }
  }

  /**
   * The first that a consumer is to get: what lies before it already, then what lies before nobody, then the first that
   * another consumer has not started.
   */
  next(queue: TaskQueue, holder: Holder): Delivery | null {
    if (queue.onTrays === 0) return queue.shift()
    const own = queue.trays.get(holder)
    if (own) {
      const first = this.#takeFirst(queue, own, queue.firstNumber)
      if (first) return first
    }
    return queue.shift() ?? this.#steal(queue)
  }

  /** Takes one back for good or for another; false when it was started. */
  takeBack(queue: TaskQueue, delivery: Delivery): boolean {
    const tray = delivery.holder ? queue.trays.get(delivery.holder) : undefined
    if (!tray) return false
    if (tray.takeBack(delivery)) {
      queue.onTrays--
      return true
    }
    // From here on the core, too, knows it as taken.
    this.#follow(queue, tray)
    return false
  }

  /** Puts all that was not started, or all of that consumer, back into its queue. */
  takeBackAll(holder?: Holder): void {
    this.#host.restore(this.takeOff(holder ? { holder } : {}))
    if (!holder) return
    // Nothing more is put before it until it asks again.
    for (const { trays } of this.#queues) {
      const tray = trays.get(holder)
      if (tray) tray.wanted = 0
    }
  }

  /** Takes off the trays of a queue or of a consumer, or off all, what was not started; in order. */
  takeOff(of: { readonly queue?: TaskQueue; readonly holder?: Holder }): Delivery[] {
    const back: Delivery[] = []
    for (const tray of this.#active) {
      const queue = this.#host.queueOf(tray.taskName)
      if ((of.queue ?? queue) !== queue || (of.holder ?? tray.holder) !== tray.holder) continue
      back.push(...this.#clear(queue, tray))
    }
    return back.sort((a, b) => a.number - b.number)
  }

  /** A consumer is gone, and its trays with it; nothing lies on them. */
  forgetHolder(holder: Holder): void {
    for (const queue of this.#queues) this.#forget(queue, holder)
  }

  /** A queue is gone. */
  forgetQueue(queue: TaskQueue): void {
    for (const holder of queue.trays.keys()) this.#forget(queue, holder)
    this.#queues.delete(queue)
    this.#changed.delete(queue)
  }

  /** Forgets that a delivery which is in a consumer's hands came from a tray. */
  forgetStarted(queue: TaskQueue, delivery: Delivery): void {
    if (delivery.ticket === null) return
    if (delivery.holder) queue.trays.get(delivery.holder)?.memory.forget(delivery.ticket)
    delivery.ticket = null
  }

  /**
   * Watches those on which something lies. When it no longer watches one, what its consumer did until then is not
   * announced by anybody: follow once more.
   */
  watch(): boolean {
    let followAgain = false
    for (const tray of this.#active) {
      const on = tray.count > 0
      if (tray.watched && !on) followAgain = true
      const queue = this.#host.queueOf(tray.taskName)
      // Of a bounded queue somebody may wait for the room.
      tray.watch(on, on && (queue.inLine > 0 || queue.maxSize !== Infinity))
      if (!tray.isActive) this.#active.delete(tray)
    }
    return followAgain
  }

  /** Whether something lies on a tray and has to be looked at. */
  get watching(): boolean {
    for (const { watched } of this.#active) if (watched) return true
    return false
  }

  /** Puts back what lies where nothing has happened the last times that this was called: somebody is slow there. */
  takeBackStalled(): void {
    const back: Delivery[] = []
    for (const tray of this.#active) {
      if (tray.isStalled()) back.push(...this.#clear(this.#host.queueOf(tray.taskName), tray))
    }
    this.#host.restore(back.sort((a, b) => a.number - b.number))
  }

  #follow(queue: TaskQueue, tray: Tray): void {
    const { moves } = tray
    this.#followStarted(queue, tray)
    if (this.#host.tellsOfEach()) tray.makeAll()
    while (this.#followMade(queue, tray) && this.#followRun(queue, tray));
    if (tray.moves !== moves) this.#changed.add(queue)
  }

  #followStarted(queue: TaskQueue, tray: Tray): void {
    if (tray.started.length === 0) return
    const before = tray.started
    tray.started = before.filter((delivery) => {
      // It may have been finished by name, dropped or given back.
      if (delivery.state !== 'taken' || delivery.holder !== tray.holder) return false
      if (tray.memory.progress(delivery.ticket ?? -1) !== 'done') return true
      tray.moves++
      this.#host.finished(queue, delivery)
      return false
    })
  }

  /** Follows what lies before the runs; true when it is all gone. */
  #followMade(queue: TaskQueue, tray: Tray): boolean {
    const { memory } = tray
    for (let [first] = tray.made; first; [first] = tray.made) {
      const ticket = first.ticket ?? -1
      const progress = memory.progress(ticket)
      if (progress === 'offered') return false
      tray.shiftStarted()
      this.#left(queue, tray)
      const at = memory.startedAt(ticket)
      if (progress === 'done') this.#host.startedAndFinished(queue, first, at)
      else this.#started(queue, tray, first, at)
    }
    return true
  }

  /** Follows the first run; true when it is gone. */
  #followRun(queue: TaskQueue, tray: Tray): boolean {
    const { memory } = tray
    const run = tray.firstRun
    if (!run) return false
    while (run.count > 0) {
      const { ticket, queuedAt } = run
      const progress = memory.progress(ticket)
      if (progress === 'offered') return false
      const at = memory.startedAt(ticket)
      if (progress === 'done') {
        tray.skipFinished(run)
        this.#left(queue, tray)
        memory.forget(ticket)
        this.#host.finishedInRun(queue, queuedAt, at)
      } else {
        const delivery = tray.shiftStarted()
        this.#left(queue, tray)
        if (delivery) this.#started(queue, tray, delivery, at)
      }
    }
    return true
  }

  #left(queue: TaskQueue, tray: Tray): void {
    queue.onTrays--
    tray.hasStarted()
  }

  #started(queue: TaskQueue, tray: Tray, delivery: Delivery, at: number): void {
    this.#host.started(queue, delivery, at)
    tray.started.push(delivery)
  }

  #fill(queue: TaskQueue, tray: Tray, share: number): void {
    tray.adapt(this.#clock.now())
    const inRuns = !this.keepsAnyBack()
    for (let left = Math.min(share, tray.room); left > 0;) {
      const run = inRuns ? queue.shiftRun(left) : null
      const offered = run ? this.#offerRun(queue, tray, run) : this.#offerOne(queue, tray)
      if (offered === 0) break
      left -= offered
      queue.onTrays += offered
      this.#active.add(tray)
    }
  }

  #offerRun(queue: TaskQueue, tray: Tray, run: DeliveryRun): number {
    const offered = tray.offerRun(run)
    if (run.count > 0) queue.unshiftRun(run)
    return offered
  }

  #offerOne(queue: TaskQueue, tray: Tray): number {
    const delivery = queue.shift()
    if (!delivery) return 0
    if (!this.keepsBack(delivery) && tray.offer(delivery)) return 1
    queue.restore(delivery)
    return 0
  }

  #steal(queue: TaskQueue): Delivery | null {
    while (queue.onTrays > 0) {
      let first: Tray | null = null
      for (const tray of queue.trays.values()) {
        if (tray.firstNumber < (first?.firstNumber ?? Infinity)) first = tray
      }
      const delivery = first && this.#takeFirst(queue, first, Infinity)
      if (delivery) return delivery
    }
    return null
  }

  /** Takes the first back that was not started, if its number is below that. */
  #takeFirst(queue: TaskQueue, tray: Tray, before: number): Delivery | null {
    while (tray.firstNumber < before) {
      const delivery = tray.takeBackFirst()
      if (delivery) {
        queue.onTrays--
        return delivery
      }
      // From here on the core, too, knows it as taken.
      this.#follow(queue, tray)
    }
    return null
  }

  #clear(queue: TaskQueue, tray: Tray): Delivery[] {
    // The last first: a consumer that goes on meanwhile starts the first ones, and none before what is in front of it.
    const back = tray.offered.toReversed().filter((delivery) => tray.takeBack(delivery))
    queue.onTrays -= back.length
    // What is left was started meanwhile.
    this.#follow(queue, tray)
    return back
  }

  #forget(queue: TaskQueue, holder: Holder): void {
    const tray = queue.trays.get(holder)
    if (!tray) return
    tray.watch(false, false)
    queue.trays.delete(holder)
    this.#active.delete(tray)
  }
}
