import type { CustomTrigger } from './custom-trigger.ts'
import type { JobEntry } from './job-entry.ts'
import type { OccurrenceAnswer, OccurrenceSource } from './job-host.ts'

/** After so many times that are due already, the rest of them is left out. */
const mostDue = 1000
/** What is due is not held back for longer, though more may be: a trigger may be slower than its own times. */
const mostHeldMs = 1000

/** What an answer leads to. */
interface Outcomes {
  /** These are due. */
  due(job: JobEntry, times: readonly number[], now: number): void
  next(job: JobEntry, nextMs: number | null, now: number): void
  failed(job: JobEntry, message: string): void
}

/** A question, and the due times that wait for its answer. */
interface Open {
  readonly job: JobEntry
  readonly previousMs: number | null
  readonly due: readonly number[]
  /** How many were due, left out ones included. */
  readonly count: number
  /** Since when the first of them waits. */
  readonly sinceMs: number
  /** The time before it has not come yet. */
  readonly isAhead: boolean
}

/** An answer: a time after the one before, null, or why it is none. */
interface Known {
  readonly previousMs: number | null
  readonly nextMs: number | null
  readonly error: string | null
}

/**
 * The times of custom triggers, which somebody else computes: a question, and later its answer. When the answer comes
 * to nothing any more, it is ignored.
 *
 *     asked for the first ─▶ planned, and asked for the one after ─▶ known ─▶ due: at once, and the next is planned
 *                                                                └─▶ due: held back until it is known
 *
 * What is due is handed on when a time is known that is not: so several due runs can be made one. Asked one time ahead,
 * that is nearly always known before.
 */
export class CustomOccurrences {
  readonly #source: OccurrenceSource
  readonly #outcomes: Outcomes
  readonly #open = new Map<number, Open>()
  readonly #numbers = new Map<JobEntry, number>()
  /** What comes after the planned run of a job. */
  readonly #known = new Map<JobEntry, Known>()
  #last = 0

  constructor(source: OccurrenceSource, outcomes: Outcomes) {
    this.#source = source
    this.#outcomes = outcomes
  }

  /** @throws {TriggerError} when nobody knows its name. */
  check({ name }: CustomTrigger): void {
    this.#source.check(name)
  }

  isAsked(job: JobEntry): boolean {
    return this.#numbers.has(job)
  }

  /** Asks for the first time that is not before `now`. */
  ask(job: JobEntry, now: number): void {
    this.#ask({ job, previousMs: null, due: [], count: 0, sinceMs: now, isAhead: false }, now)
  }

  /** A run is planned: asks for the one after it, as it would be asked when that has come. */
  askAhead(job: JobEntry, planned: number, now: number): void {
    const present = Math.max(now, planned)
    const ahead = { job, previousMs: planned, due: [], count: 0, sinceMs: now, isAhead: true }
    this.#ask(ahead, present)
  }

  /** A time has come. */
  due(job: JobEntry, time: number, now: number): void {
    const due = { job, previousMs: time, due: [time], count: 1, sinceMs: now, isAhead: false }
    const known = this.#known.get(job)
    this.#known.delete(job)
    if (known?.previousMs === time) return this.#settle(due, known, now)
    const number = this.#numbers.get(job) ?? 0
    if (this.#open.get(number)?.previousMs === time) this.#open.set(number, due)
    else this.#ask(due, now)
  }

  /** No answer is waited for any more: what was held back is due now. */
  release(job: JobEntry, now: number): void {
    const held = this.#open.get(this.#numbers.get(job) ?? 0)?.due ?? []
    this.forget(job)
    if (held.length > 0) this.#outcomes.due(job, held, now)
  }

  /** The answer does not matter any more. */
  forget(job: JobEntry): void {
    this.#open.delete(this.#numbers.get(job) ?? 0)
    this.#numbers.delete(job)
    this.#known.delete(job)
  }

  answered(number: number, answer: OccurrenceAnswer, now: number): void {
    const open = this.#open.get(number)
    if (!open) return
    const known = checked(answer, open.previousMs)
    this.forget(open.job)
    if (open.isAhead) this.#known.set(open.job, known)
    else this.#settle(open, known, now)
  }

  #settle(open: Open, { nextMs, error }: Known, now: number): void {
    const { job, due, count, sinceMs } = open
    if (nextMs !== null && nextMs <= now && due.length > 0) {
      if (now - sinceMs >= mostHeldMs) {
        this.#outcomes.due(job, due, now)
        return this.due(job, nextMs, now)
      }
      if (count < mostDue) {
        const times = job.definition.coalesce ? [nextMs] : [...due, nextMs]
        return this.#ask({ ...open, previousMs: nextMs, due: times, count: count + 1 }, now)
      }
      // A job that has thousands to catch up with catches up with these, and goes on from now.
      this.ask(job, now)
      return this.#outcomes.due(job, due, now)
    }
    if (due.length > 0) this.#outcomes.due(job, due, now)
    if (error === null) this.#outcomes.next(job, nextMs, now)
    else this.#outcomes.failed(job, error)
  }

  #ask(open: Open, now: number): void {
    const { job, previousMs } = open
    this.forget(job)
    const { name, options } = job.trigger as CustomTrigger
    const number = ++this.#last
    this.#open.set(number, open)
    this.#numbers.set(job, number)
    const jobId = job.definition.id
    this.#source.request({ number, jobId, name, options, previousMs, nowMs: now })
  }
}

function checked(answer: OccurrenceAnswer, previousMs: number | null): Known {
  if ('error' in answer) return { previousMs, nextMs: null, error: answer.error }
  const { nextMs } = answer
  if (nextMs !== null && (!Number.isFinite(nextMs) || Math.abs(nextMs) > 8.64e15)) {
    const error = 'The trigger gave something else than a time.'
    return { previousMs, nextMs: null, error }
  }
  if (nextMs !== null && previousMs !== null && nextMs <= previousMs) {
    const error = 'The trigger does not advance: it gave a time it gave before.'
    return { previousMs, nextMs: null, error }
  }
  return { previousMs, nextMs, error: null }
}
