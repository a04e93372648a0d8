import type { ComputedTrigger } from '../triggers/trigger.ts'
import type { Appointment } from './agenda.ts'
import type { CustomTrigger } from './custom-trigger.ts'
import type { JobDefinition, JobRecord } from './job-record.ts'

export type JobTrigger = ComputedTrigger | CustomTrigger

/** A job in the table. */
export class JobEntry {
  definition: JobDefinition
  trigger: JobTrigger
  /** The planned time of its next run. */
  nextMs: number | null = null
  /** The last of the planned times that have come. */
  lastMs: number | null = null
  /** When the next run is released: its jitter later. */
  releaseMs: number = Number.NaN
  appointment: Appointment<JobEntry> | null = null
  paused = false
  pending = false
  /** While it is pending, a first run that was asked for. */
  firstMs: number | null | undefined = undefined
  removed = false
  runs = 0
  instances = 0
  /** Its due runs are being begun, and its next time is not known yet: it is not over. */
  deciding = false
  /** Grows when what is not yet given to its queue is not to run any more. */
  generation = 0

  constructor(definition: JobDefinition, trigger: JobTrigger) {
    this.definition = definition
    this.trigger = trigger
  }

  /** Whether it was triggered as often as it may be. */
  get isSpent(): boolean {
    const { maxRuns } = this.definition
    return maxRuns !== null && this.runs >= maxRuns
  }

  get about(): { readonly jobId: string; readonly taskName: string } {
    return { jobId: this.definition.id, taskName: this.definition.taskName }
  }

  /** Where it stands. */
  record(): JobRecord {
    const { nextMs, paused, pending, runs, instances } = this
    const trigger = this.trigger.toJSON()
    return { ...this.definition, trigger, nextMs, paused, pending, runs, instances }
  }
}
