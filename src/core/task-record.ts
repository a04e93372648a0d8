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
