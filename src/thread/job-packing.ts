import { ScheduledTaskContext, stateOf } from '../core/context.ts'
import type { CheckedJob } from '../jobs/job-options.ts'
import { packRecord } from './cargo.ts'

type Settings = Pick<
  CheckedJob,
  'name' | 'taskName' | 'misfireGraceMs' | 'coalesce' | 'maxInstances' | 'maxRuns'
>

/** What is in a job's options, and travels as it is. */
export function settingsOf(job: Settings): Settings {
  const { name, taskName, misfireGraceMs, coalesce, maxInstances, maxRuns } = job
  return { name, taskName, misfireGraceMs, coalesce, maxInstances, maxRuns }
}

/** What every run of a job carries. */
export function packJob(
  id: string,
  taskName: string,
  { attributes, subject }: Partial<Pick<CheckedJob, 'attributes' | 'subject'>>,
): { readonly subjectKey: string | null; readonly cargo: unknown } {
  const key = subject?.key
  const context = new ScheduledTaskContext<string, object>(
    taskName,
    subject?.value,
    undefined,
    attributes,
    key === undefined ? { id } : { id, subjectKey: key },
  )
  stateOf(context).jobId = id
  return packRecord(context)
}
