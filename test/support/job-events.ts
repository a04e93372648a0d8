import type { EventName, SchedulerClient } from '../../src/index.ts'

const told: readonly EventName[] = [
  'jobAdded',
  'jobModified',
  'jobRemoved',
  'allJobsRemoved',
  'jobSubmitted',
  'jobExecuted',
  'jobError',
  'jobMissed',
  'jobMaxInstances',
  'jobDisabled',
  'schedulerPaused',
  'schedulerResumed',
]

/** Writes what happens to jobs down, in order: `jobMissed a 00:00:10`, with the planned time of a run. */
export function noteJobs(scheduler: SchedulerClient, names: readonly EventName[] = told): string[] {
  const noted: string[] = []
  for (const name of names) {
    scheduler.on(name, (payload: object) => {
      const { jobId = '', plannedTime } = payload as { jobId?: string; plannedTime?: Date }
      const time = plannedTime ? plannedTime.toISOString().slice(11, 19) : ''
      noted.push([name, jobId, time].filter((part) => part !== '').join(' '))
    })
  }
  return noted
}

/** The same, without those that are only about verbs. */
export function noteRuns(scheduler: SchedulerClient): string[] {
  return noteJobs(scheduler, [
    'jobSubmitted',
    'jobExecuted',
    'jobError',
    'jobMissed',
    'jobMaxInstances',
    'jobRemoved',
  ])
}
