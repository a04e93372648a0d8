import type { EventSink } from '../core/events.ts'
import type { TaskRecord } from '../core/task-record.ts'

/** What jobs need of the scheduler that they are in. */
export interface JobHost {
  readonly events: EventSink
  /** Adds the context of a run, which is due: it is released in its turn, and parked before a full queue. */
  submit(record: TaskRecord, dueMs: number): void
  /** Takes a context off again; false, with nothing changed, when somebody has taken it, or it is gone. */
  withdraw(contextId: string): boolean
}

/** What a custom trigger is asked: the first time after `previousMs` or, when that is null, not before `nowMs`. */
export interface OccurrenceQuestion {
  /** Belongs to the answer. */
  readonly number: number
  readonly jobId: string
  /** The name under which the trigger's module was given, and what the job says to it. */
  readonly name: string
  readonly options: Readonly<Record<string, unknown>>
  readonly previousMs: number | null
  readonly nowMs: number
}

/** Milliseconds since the epoch, null when it never fires again, or why there is no answer. */
export type OccurrenceAnswer = { readonly nextMs: number | null } | { readonly error: string }

/** Who computes custom triggers. It answers later, by `JobTable.answered`. */
export interface OccurrenceSource {
  /** @throws {TriggerError} when there is no trigger of that name. */
  check(name: string): void
  request(question: OccurrenceQuestion): void
}
