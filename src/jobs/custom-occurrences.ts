import type { CustomTrigger } from './custom-trigger.ts'
import type { JobEntry } from './job-entry.ts'
import type { OccurrenceAnswer, OccurrenceSource } from './job-host.ts'

/** After so many times that are due already, the rest of them is left out. */
const mostDue = 1000

/** What an answer leads to. */
interface Outcomes {
  /** These are due. */
  due(job: JobEntry, times: readonly number[], now: number): void
  next(job: JobEntry, nextMs: number | null): void
  failed(job: JobEntry, message: string): void
}

/** A question that is open, and the due times that were answered before it. */
interface Open {
  readonly job: JobEntry
  readonly previousMs: number | null
  readonly due: number[]
  /** How many were due, left out ones included. */
  readonly count: number
}

/**
 * The times of custom triggers, which somebody else computes: a question, and later its answer. While a question is open
 * its job has no next run; when the answer comes to nothing any more, it is ignored.
 *
 * What is due is held back until a time is known that is not: so several due runs can be made one.
 */
export class CustomOccurrences {
  readonly #source: OccurrenceSource
  readonly #outcomes: Outcomes
  readonly #open = new Map<number, Open>()
  readonly #numbers = new Map<JobEntry, number>()
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
    this.#ask({ job, previousMs: null, due: [], count: 0 }, now)
  }

  /** A time has come; asks for the one after it. */
  due(job: JobEntry, time: number, now: number): void {
    this.#ask({ job, previousMs: time, due: [time], count: 1 }, now)
  }

  /** The answer does not matter any more. */
  forget(job: JobEntry): void {
    this.#open.delete(this.#numbers.get(job) ?? 0)
    this.#numbers.delete(job)
  }

  answered(number: number, answer: OccurrenceAnswer, now: number): void {
    const open = this.#open.get(number)
    if (!open) return
    const { job, previousMs, due, count } = open
    const { nextMs, error } = checked(answer, previousMs)
    if (nextMs !== null && nextMs <= now && due.length > 0) {
      if (count < mostDue) {
        const times = job.definition.coalesce ? [nextMs] : [...due, nextMs]
        return this.#ask({ job, previousMs: nextMs, due: times, count: count + 1 }, now)
      }
      // A job that has thousands to catch up with catches up with these, and goes on from now.
      this.#ask({ job, previousMs: null, due: [], count: 0 }, now)
      return this.#outcomes.due(job, due, now)
    }
    // It is still asked while its due runs begin: they are not the end of it.
    if (due.length > 0) this.#outcomes.due(job, due, now)
    if (this.#numbers.get(job) !== number) return
    this.forget(job)
    if (error === null) this.#outcomes.next(job, nextMs)
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

/** An answer that is a time after the one before, null, or why it is none. */
function checked(
  answer: OccurrenceAnswer,
  previousMs: number | null,
): { readonly nextMs: number | null; readonly error: string | null } {
  if ('error' in answer) return { nextMs: null, error: answer.error }
  const { nextMs } = answer
  if (nextMs !== null && (!Number.isFinite(nextMs) || Math.abs(nextMs) > 8.64e15)) {
    return { nextMs: null, error: 'The trigger gave something else than a time.' }
  }
  if (nextMs !== null && previousMs !== null && nextMs <= previousMs) {
    return { nextMs: null, error: 'The trigger does not advance: it gave a time it gave before.' }
  }
  return { nextMs, error: null }
}
