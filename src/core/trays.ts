import type { Clock } from './clock.ts'
import type { Delivery, Holder } from './delivery.ts'
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
      const before = queue.first()?.number ?? Infinity
      const first = this.#takeFirst(queue, own, before)
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
    if (delivery.ticket === null || delivery.ticket === undefined) return
    if (delivery.holder) queue.trays.get(delivery.holder)?.memory.forget(delivery)
    delivery.ticket = null
  }

  /**
   * Watches those on which something lies. When it no longer watches one, what its consumer did until then is not
   * announced by anybody: follow once more.
   */
  watch(): boolean {
    let followAgain = false
    for (const tray of this.#active) {
      const on = tray.offered.length > 0
      if (tray.watched && !on) followAgain = true
      tray.watch(on)
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
    const { memory, moves, offered } = tray
    if (tray.started.length > 0) {
      const before = tray.started
      tray.started = before.filter((delivery) => {
        // It may have been finished by name, dropped or given back.
        if (delivery.state !== 'taken' || delivery.holder !== tray.holder) return false
        if (memory.progress(delivery) !== 'done') return true
        tray.moves++
        this.#host.finished(queue, delivery)
        return false
      })
    }
    for (let first = offered[0]; first; first = offered[0]) {
      const progress = memory.progress(first)
      if (progress === 'offered') break
      offered.shift()
      queue.onTrays--
      tray.hasStarted()
      const at = memory.startedAt(first)
      if (progress === 'done') {
        this.#host.startedAndFinished(queue, first, at)
      } else {
        this.#host.started(queue, first, at)
        tray.started.push(first)
      }
    }
    if (tray.moves !== moves) this.#changed.add(queue)
  }

  #fill(queue: TaskQueue, tray: Tray, share: number): void {
    tray.adapt(this.#clock.now())
    for (let left = Math.min(share, tray.room); left > 0; left--) {
      const delivery = queue.shift()
      if (!delivery) break
      if (this.keepsBack(delivery) || !tray.offer(delivery)) {
        queue.restore(delivery)
        break
      }
      queue.onTrays++
      this.#active.add(tray)
    }
  }

  #steal(queue: TaskQueue): Delivery | null {
    while (queue.onTrays > 0) {
      let first: Tray | null = null
      for (const tray of queue.trays.values()) {
        const { number = Infinity } = tray.offered[0] ?? {}
        if (number < (first?.offered[0]?.number ?? Infinity)) first = tray
      }
      const delivery = first && this.#takeFirst(queue, first, Infinity)
      if (delivery) return delivery
    }
    return null
  }

  /** Takes the first back that was not started, if its number is below that. */
  #takeFirst(queue: TaskQueue, tray: Tray, before: number): Delivery | null {
    for (let first = tray.offered[0]; first && first.number < before; first = tray.offered[0]) {
      if (this.takeBack(queue, first)) return first
    }
    return null
  }

  #clear(queue: TaskQueue, tray: Tray): Delivery[] {
    const back = tray.offered.filter((delivery) => tray.memory.takeBack(delivery))
    queue.onTrays -= back.length
    for (const delivery of back) {
      delivery.holder = null
      tray.offered.splice(tray.offered.indexOf(delivery), 1)
    }
    // What is left was started meanwhile.
    this.#follow(queue, tray)
    return back
  }

  #forget(queue: TaskQueue, holder: Holder): void {
    const tray = queue.trays.get(holder)
    if (!tray) return
    tray.watch(false)
    queue.trays.delete(holder)
    this.#active.delete(tray)
  }
}
