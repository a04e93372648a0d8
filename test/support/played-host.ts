import type { EventName, EventSink, SchedulerEvents } from '../../src/core/events.ts'
import type { JobHost, OccurrenceQuestion, OccurrenceSource } from '../../src/jobs/job-host.ts'
import type { JobDefinition } from '../../src/jobs/job-record.ts'
import { JobTable } from '../../src/jobs/job-table.ts'
import { TriggerError } from '../../src/core/errors.ts'

/** A table of jobs without a scheduler: what it submits lies here, and what it tells is noted. */
export class PlayedHost implements JobHost, OccurrenceSource {
  readonly table: JobTable
  /** Contexts that were submitted and not withdrawn; whoever takes one is to say that it is finished. */
  readonly submitted: { readonly id: string; readonly dueMs: number }[] = []
  readonly told: { readonly name: EventName; readonly jobId: string }[] = []
  /** What custom triggers were asked. */
  readonly questions: OccurrenceQuestion[] = []
  readonly events: EventSink = {
    wants: () => true,
    emit: <N extends EventName>(name: N, payload: SchedulerEvents[N]) => {
      const { jobId = '' } = payload as { readonly jobId?: string }
      this.told.push({ name, jobId })
    },
  }

  constructor(random: () => number = () => 0) {
    this.table = new JobTable(this, this, random)
  }

  submit({ id }: { readonly id: string }, dueMs: number): void {
    this.submitted.push({ id, dueMs })
  }

  withdraw(contextId: string): boolean {
    const at = this.submitted.findIndex(({ id }) => id === contextId)
    return at >= 0 && this.submitted.splice(at, 1).length === 1
  }

  check(name: string): void {
    if (name !== 'known') throw new TriggerError(`There is no trigger '${name}'.`)
  }

  request(question: OccurrenceQuestion): void {
    this.questions.push(question)
  }

  /** Takes and finishes everything that is submitted; gives the planned times. */
  work(): number[] {
    const taken = this.submitted.splice(0)
    for (const { id } of taken) this.table.schedule.finished(id, null)
    return taken.map(({ dueMs }) => dueMs)
  }

  process(now: number): void {
    this.table.schedule.process(now, () => true)
  }

  /** The names of the events of a job since the last time. */
  tellings(): string[] {
    return this.told.splice(0).map(({ name }) => name)
  }
}

export function definitionOf(id: string, more: Partial<JobDefinition> = {}): JobDefinition {
  return {
    id,
    name: id,
    taskName: 'q',
    subjectKey: null,
    cargo: null,
    misfireGraceMs: null,
    coalesce: true,
    maxInstances: 1,
    maxRuns: null,
    ...more,
  }
}
