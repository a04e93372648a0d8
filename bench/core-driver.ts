import { ScheduledTaskContext } from '../src/core/context.ts'
import { Holder } from '../src/core/delivery.ts'
import { noEvents } from '../src/core/events.ts'
import { Scheduler } from '../src/core/scheduler.ts'
import { keysOfSubject } from '../src/core/subject.ts'
import { CargoText } from '../src/thread/cargo-text.ts'
import { packContext } from '../src/thread/cargo.ts'
import { timedRunsOf } from '../src/thread/timed-texts.ts'
import { idBytesOf, packIds, type WireIds } from '../src/thread/wire-ids.ts'
import { TaskBatch, tasksOf, type WireTasks } from '../src/thread/wire-tasks.ts'
import { randomNumbers } from './measure.ts'

/** What the core is given to keep. */
export interface CoreTask {
  readonly subject: string | number
  /** After the time at which the clock stands. */
  readonly inMs: number
  /** Generated when left out. */
  readonly id?: string
}

/** A subject as it arrives in the thread. */
export interface PackedSubject {
  readonly keys: readonly string[]
}

export function packSubject(subject: string | number): PackedSubject {
  return structuredClone({ keys: keysOfSubject(subject) })
}

/** Ids as they arrive in the thread. */
export function postedIds(ids: readonly string[]): WireIds {
  return structuredClone(packIds(ids))
}

/** The queues that tasks go to in turn. */
const queues = ['ocsp', 'renew', 'report'] as const

/** Pieces of what looks like chance: made once, since millions of tasks are made of them. */
const random = randomNumbers(5)
const pieces = Array.from({ length: 2 ** 16 }, () =>
  Math.floor(random() * 2 ** 32)
    .toString(16)
    .padStart(8, '0'),
)

/**
 * 100 bytes of JSON, of which 32 look like chance; the keys and the rest are the same in all, as they mostly are in what
 * one queue is for. `unlike`: all but one key looks like chance.
 */
export function attributesOf(index: number, unlike = false): Readonly<Record<string, unknown>> {
  const high = index >>> 16
  const piece = (low: number, other: number): string =>
    pieces[(index * low + high * other) & 0xffff] ?? ''
  const serial = piece(1, 7919) + piece(40_503, 104_729) + piece(27_653, 31) + piece(9973, 1)
  if (!unlike) return { serial, url: 'http://ocsp.example.org/', retries: 3, ok: true }
  const more = piece(7, 3) + piece(31, 11) + piece(101, 5) + piece(977, 13) + piece(4099, 17)
  return { s: serial + more + more.slice(2, 22) }
}

/**
 * The one file of the benchmarks that knows the inside of the core: it drives a `Scheduler` as the scheduler thread
 * does, with what that would be handed, on a clock that stands still until it is moved.
 *
 * Everything that the thread keeps is kept: the order of time, the indexes by id, by queue and by subject, the
 * attributes as bytes.
 */
export class CoreDriver {
  #nowMs = 0
  #count = 0
  readonly #holder = new Holder()
  readonly #clock = { now: (): number => this.#nowMs, wall: (): number => 1.8e12 + this.#nowMs }
  readonly #scheduler = new Scheduler(this.#clock, noEvents, () => new CargoText())

  constructor() {
    for (const taskName of queues) this.#scheduler.addQueue(taskName)
    this.#scheduler.start()
  }

  /**
   * Makes what arrives in the thread with one message. `posted` copies it as posting does: its text is one piece of memory
   * then, and not what was put together.
   */
  pack(
    tasks: readonly CoreTask[],
    posted: boolean,
    unlike = false,
  ): { batch: WireTasks; ids: string[] } {
    const contexts = tasks.map(({ subject, inMs, id }) => {
      const attributes = attributesOf(this.#count, unlike)
      const taskName = queues[this.#count++ % queues.length] ?? 'ocsp'
      const options = id === undefined ? {} : { id }
      return new ScheduledTaskContext(taskName, subject, inMs / 1000, attributes, options)
    })
    const together = new TaskBatch(true)
    for (const context of contexts) together.push(packContext(context, this.#clock))
    const batch = posted ? structuredClone(together.wire()) : together.wire()
    return { batch, ids: contexts.map(({ id }) => id) }
  }

  /** As the thread does: what has to be looked at one by one is. */
  add(batch: WireTasks): void {
    const runs = timedRunsOf(batch)
    if (runs && this.#scheduler.addTimed(batch.taskNames, runs)) return
    this.#scheduler.addTasks(tasksOf(batch))
  }

  cancel(id: string): boolean {
    return this.#scheduler.cancelTask(id)
  }

  /** Cancels by several ids, as the thread does with what one message has; says how many there were. */
  cancelEach(ids: WireIds): number {
    const bytes = idBytesOf(ids)
    if (!bytes) throw new Error('The ids that are made here are latin1.')
    return ids.ends.length - this.#scheduler.cancelTasks(bytes).length
  }

  cancelBySubject({ keys }: PackedSubject): number {
    let count = 0
    for (const key of keys) count += this.#scheduler.cancelBySubject(key)
    return count
  }

  /** Moves the clock and releases what is due by then onto the queues. */
  advanceTo(ms: number): void {
    this.#nowMs = ms
    this.#scheduler.tick()
  }

  /** Hands out and finishes everything that is queued; says how much that was. */
  workOff(): number {
    let count = 0
    const settle = { resolve: (): void => undefined, reject: (): void => undefined }
    for (const taskName of queues) {
      while (!this.#scheduler.isEmptyQueue(taskName)) {
        this.#scheduler.getTask(taskName, this.#holder, -Infinity, settle)
        this.#scheduler.finishOldest(taskName, this.#holder)
        count++
      }
    }
    return count
  }
}
