import type { TaskRecord } from './task-record.ts'

/** Records of one queue that came together. One by one they are made when somebody asks for them. */
export interface TaskRecords {
  readonly taskName: string
  readonly count: number
  at(index: number): TaskRecord
}

/** Some of them that follow one another, as deliveries with numbers in a row. */
export interface RecordRun {
  readonly records: TaskRecords
  /** The place of the first among the records. */
  readonly start: number
  readonly count: number
  /** The number of the first. */
  readonly number: number
  /** When they entered their queue, and were due. */
  readonly queuedAt: number
}
