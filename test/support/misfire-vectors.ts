import assert from 'node:assert/strict'
import { SchedulerError } from '../../src/core/errors.ts'
import type { EventName, EventSink, SchedulerEvents } from '../../src/core/events.ts'
import { checkJob } from '../../src/jobs/job-options.ts'
import { JobTable } from '../../src/jobs/job-table.ts'
import { CronTrigger } from '../../src/triggers/cron.ts'
import { DateTrigger } from '../../src/triggers/date.ts'
import { IntervalTrigger } from '../../src/triggers/interval.ts'
import type { ComputedTrigger } from '../../src/triggers/trigger.ts'
import type { VectorCase } from './vector-files.ts'

interface JobOfCase {
  readonly id: string
  readonly trigger: Readonly<Record<string, string | number>> & { readonly type: string }
  readonly misfire_grace_time?: number | null
  readonly coalesce?: boolean
  readonly max_instances?: number
  readonly next_run_time?: string | null
  readonly first?: string | null
  readonly error?: true
}

interface ExpectedJob {
  readonly id: string
  readonly due: readonly string[]
  readonly submitted: boolean
  readonly run_times: readonly string[]
  readonly executed: readonly string[]
  readonly missed: readonly string[]
  readonly next: string | null
  readonly removed: boolean
}

interface MisfireCase extends VectorCase {
  readonly added: string
  readonly jobs: readonly JobOfCase[]
  readonly steps: readonly {
    readonly now: string
    readonly running?: Readonly<Record<string, number>>
    readonly delay_ms?: number
    readonly expect: { readonly jobs: readonly ExpectedJob[]; readonly wait_ms: number | null }
  }[]
}

/** What was seen of one job in one step. */
interface Seen {
  readonly executed: number[]
  readonly missed: number[]
  /** The first and the last of what was skipped, because so many instances were running. */
  skipped: readonly number[] | null
}

/**
 * Jobs, a clock and running instances, through the table of jobs; who takes contexts is played here.
 *
 * APScheduler 3.9.1 keeps a job that never fires; this table refuses it, as APScheduler 2.1 does: nothing is due of it
 * either way.
 */
export async function runMisfireVector(vector: VectorCase): Promise<void> {
  const { added, jobs, steps } = vector as MisfireCase
  const scheduler = new PlayedScheduler()
  const { table } = scheduler
  const addedMs = Date.parse(added)
  table.start(addedMs)
  for (const job of jobs) {
    if (job.error) assert.throws(() => addJob(table, job, addedMs), SchedulerError)
    else if (job.first === null && job.next_run_time === undefined) {
      assert.throws(() => addJob(table, job, addedMs), { code: 'TRIGGER_NEVER_FIRES' })
    } else {
      assert.equal(addJob(table, job, addedMs), job.first ?? null, `first of ${job.id}`)
    }
  }
  for (const { now, running = {}, delay_ms: delayMs = 0, expect } of steps) {
    const nowMs = Date.parse(now)
    scheduler.runBefore(running, nowMs)
    table.schedule.process(nowMs, () => true)
    const next = new Map(table.list().map(({ id, nextMs }) => [id, nextMs]))
    scheduler.work(nowMs, delayMs)
    assert.deepEqual(
      [...scheduler.seen.keys()],
      expect.jobs.map(({ id }) => id),
      `order at ${now}`,
    )
    for (const one of expect.jobs)
      compare(one, scheduler.seen.get(one.id), next.get(one.id) ?? null)
    scheduler.endRunning()
    for (const { id, removed } of expect.jobs) assert.equal(table.get(id) === null, removed, id)
    const times = table.list().flatMap(({ nextMs }) => nextMs ?? [])
    const waitMs = times.length === 0 ? null : Math.max(0, Math.min(...times) - nowMs)
    assert.equal(waitMs, expect.wait_ms, `wait at ${now}`)
  }
}

function compare(expected: ExpectedJob, seen: Seen | undefined, nextMs: number | null): void {
  const { id, submitted, run_times: runTimes, executed, missed, next } = expected
  assert.ok(seen, id)
  assert.deepEqual(texts(seen.executed), executed, `executed of ${id}`)
  assert.deepEqual(texts(seen.missed), missed, `missed of ${id}`)
  const ends = submitted ? null : [runTimes[0], runTimes.at(-1)]
  assert.deepEqual(seen.skipped && texts(seen.skipped), ends, `skipped of ${id}`)
  assert.equal(nextMs === null ? null : textOf(nextMs), next, `next of ${id}`)
}

/** Where runs go, in place of a scheduler: each is taken so late after the step as its case says. */
class PlayedScheduler {
  readonly seen = new Map<string, Seen>()
  readonly table: JobTable
  readonly #queued: { readonly id: string; readonly jobId: string; readonly plannedMs: number }[] =
    []
  #running: string[] = []
  #isStep = false

  constructor() {
    const events: EventSink = {
      wants: () => true,
      emit: (name, payload) => this.#hear(name, payload),
    }
    this.table = new JobTable(
      {
        events,
        submit: ({ id }) => {
          const [jobId = '', planned = ''] = id.split(/[@#]/)
          this.#queued.push({ id, jobId, plannedMs: Date.parse(planned) })
        },
        withdraw: (id) => {
          const at = this.#queued.findIndex((one) => one.id === id)
          return at >= 0 && this.#queued.splice(at, 1).length === 1
        },
      },
      { check: () => undefined, request: () => undefined },
      () => 0,
    )
  }

  /** Has instances under way before a step; more than there may be are as good as so many. */
  runBefore(running: Readonly<Record<string, number>>, nowMs: number): void {
    this.#isStep = false
    for (const [id, count] of Object.entries(running)) {
      const most = this.table.get(id)?.maxInstances ?? 0
      for (let n = 0; n < Math.min(count, most); n++) this.table.run(id, nowMs)
    }
    this.#running = this.#queued.splice(0).map(({ id }) => id)
    this.seen.clear()
    this.#isStep = true
  }

  /** Takes what is queued, and has the next run of each instance queued, until nothing is left of this step. */
  work(nowMs: number, delayMs: number): void {
    const { schedule } = this.table
    while (this.#queued.length > 0 || schedule.nextTime() <= nowMs) {
      schedule.expire(nowMs + delayMs)
      for (const { id, jobId, plannedMs } of this.#queued.splice(0)) {
        this.#of(jobId).executed.push(plannedMs)
        schedule.finished(id, null)
      }
      schedule.process(nowMs, () => true)
    }
  }

  endRunning(): void {
    this.#isStep = false
    for (const id of this.#running) this.table.schedule.finished(id, null)
  }

  #hear<N extends EventName>(name: N, payload: SchedulerEvents[N]): void {
    if (!this.#isStep) return
    if (name === 'jobSubmitted') this.#of((payload as SchedulerEvents['jobSubmitted']).jobId)
    if (name === 'jobMissed') {
      const { jobId, plannedTime, through } = payload as SchedulerEvents['jobMissed']
      assert.deepEqual(through, plannedTime)
      this.#of(jobId).missed.push(plannedTime.getTime())
    }
    if (name === 'jobMaxInstances') {
      const { jobId, plannedTime, through } = payload as SchedulerEvents['jobMaxInstances']
      this.#of(jobId).skipped = [plannedTime.getTime(), through.getTime()]
    }
  }

  #of(jobId: string): Seen {
    let seen = this.seen.get(jobId)
    if (!seen) this.seen.set(jobId, (seen = { executed: [], missed: [], skipped: null }))
    return seen
  }
}

/** Adds a job with the defaults of the vectors; gives its first run. */
function addJob(table: JobTable, job: JobOfCase, nowMs: number): string | null {
  const { id, misfire_grace_time: misfireGraceTime = 1, coalesce = true } = job
  const { max_instances: maxInstances = 1, next_run_time: first } = job
  const checked = checkJob('addJob', {
    id,
    taskName: 'q',
    trigger: triggerOf(job.trigger),
    misfireGraceTime,
    coalesce,
    maxInstances,
    ...(first === undefined ? {} : { nextRunTime: first === null ? null : new Date(first) }),
  })
  assert.ok(checked.trigger && checked.misfireGraceMs !== undefined)
  const definition = {
    id,
    name: id,
    taskName: 'q',
    subjectKey: null,
    cargo: null,
    misfireGraceMs: checked.misfireGraceMs,
    coalesce,
    maxInstances,
    maxRuns: null,
  }
  const { nextMs } = table.add(definition, checked.trigger, checked.firstMs, false, nowMs)
  return nextMs === null ? null : textOf(nextMs)
}

function triggerOf({ type, tz, ...fields }: JobOfCase['trigger']): ComputedTrigger {
  const options: Record<string, string | number> = { timezone: tz ?? 'UTC' }
  for (const [name, value] of Object.entries(fields)) {
    options[name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())] = value
  }
  if (type === 'interval') return new IntervalTrigger(options)
  if (type === 'cron') return new CronTrigger(options)
  return new DateTrigger(new Date(String(fields['run_date'])))
}

function texts(times: readonly number[]): string[] {
  return times.map(textOf)
}

/** As the vectors write instants: milliseconds only where there are any. */
function textOf(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z')
}
