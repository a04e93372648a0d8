import type { Clock } from './clock.ts'
import type { AddResult } from './context.ts'
import type { EventSink } from './events.ts'
import type { Totals } from './stats.ts'
import type { TaskQueues } from './task-queues.ts'
import type { TimedRun } from './timed-run.ts'
import type { NewTask, Timetable } from './timetable.ts'

/** Where what is accepted goes, and who is told. */
export interface AcceptanceParts {
  readonly clock: Clock
  readonly events: EventSink
  readonly timetable: Timetable
  readonly queues: TaskQueues
  readonly totals: Totals
  /** Puts what is due and has no room before its queue. */
  readonly park: (task: number) => void
}

/** Enters contexts for which there is room where they belong: into the timetable, or onto their queue. */
export class Acceptance {
  readonly #parts: AcceptanceParts
  /** What is due is released. */
  releasing = false

  constructor(parts: AcceptanceParts) {
    this.#parts = parts
  }

  accept(task: NewTask): AddResult {
    const { clock, events, timetable, queues, totals, park } = this.#parts
    const { record, due, epochMs } = task
    const now = clock.now()
    // Here, so that what it is to replace is still there if there is no memory for it.
    if (due !== null || epochMs !== null) timetable.reserve()
    const result = timetable.removeId(record.id) ? 'replaced' : 'added'
    totals[result]++
    if (events.wants('taskAdded')) {
      const { id, taskName } = record
      events.emit('taskAdded', { id, taskName, replaced: result === 'replaced' })
    }
    const queue = queues.get(record.taskName)
    if (due === null && epochMs === null) {
      queues.enter(queue, record, now, null)
      return result
    }
    const scheduled = timetable.add(task, epochMs === null ? 0 : this.followWall(now))
    const isDue = this.releasing && timetable.due(scheduled) <= now
    // What is past cannot be released here, before its turn; but it can take its place in front of a full queue.
    if (isDue && queue.room <= 0) park(scheduled)
    return result
  }

  /**
   * Accepts several that all have a time, run after run, for queues of these names; gives the places of those that took
   * the place of an earlier entry. Null, with nothing changed, when they have to be looked at one by one: a queue does not
   * exist, or has no room for what is due, or somebody wants to hear of each.
   */
  acceptTimed(taskNames: readonly string[], runs: Iterable<TimedRun>): readonly number[] | null {
    const { clock, events, timetable, queues, totals } = this.#parts
    if (events.wants('taskAdded')) return null
    for (const taskName of taskNames) {
      if (!queues.has(taskName) || queues.get(taskName).room <= 0) return null
    }
    const offset = (): number => this.followWall(clock.now())
    const replaced: number[] = []
    const before = timetable.size
    let count = 0
    try {
      for (const run of runs) {
        for (const index of timetable.addRun(run, offset)) replaced.push(count + index)
        count += run.count
      }
    } finally {
      totals.replaced += replaced.length
      totals.added += timetable.size - before
    }
    return replaced
  }

  /** Notices that the calendar moved against the clock; gives what it shows more. */
  followWall(now: number): number {
    const { clock, events, timetable } = this.#parts
    const offsetMs = clock.wall() - now
    const movedMs = timetable.followWall(offsetMs)
    if (movedMs !== 0) events.emit('clockJump', { seconds: movedMs / 1000 })
    return offsetMs
  }
}
