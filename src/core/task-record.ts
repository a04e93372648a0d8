/** What the core knows of a context; what it carries is opaque to it. */
export interface TaskRecord {
  readonly id: string
  readonly taskName: string
  /** The key of the subject index; null for a context about nothing in particular. */
  readonly subjectKey: string | null
  /** Subject, attributes and errors as their thread encoded them. The core hands it on and never looks inside. */
  readonly cargo: unknown
}

/** A context to be added, and when: at `due` on the core's time line, at `epochMs` of the calendar, or at once. */
export interface NewTask {
  readonly record: TaskRecord
  readonly due: number | null
  readonly epochMs: number | null
}

/** A context that waits for its time, or, parked, for room on its queue; as it was when it was asked for. */
export interface ScheduledEntry {
  readonly record: TaskRecord
  /** On the core's time line. */
  readonly due: number
  /** Grows with every adding; decides among equal times. */
  readonly sequence: number
  /** The calendar time that `due` was placed by; null for a relative time, which no clock jump moves. */
  readonly epochMs: number | null
  readonly parked: boolean
}
