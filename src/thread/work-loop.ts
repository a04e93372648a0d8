import { QueueError, SchedulerStoppedError } from '../core/errors.ts'
import { finishQuietly, type TaskSource } from './task-loop.ts'

/** Where a consumer's contexts come from and go to. */
export interface WorkSource<Context> extends TaskSource<Context> {
  /** Has one worked on; never fails. Null when that is over. */
  work(context: Context): Promise<void> | null
}

/** Awaited over and over: a promise for each costs more than the turn that it makes. */
const settled = Promise.resolve()

/** The loop of a consumer: one after the other, until it is stopped, or its queue or the scheduler is gone. */
export async function workLoop<Context>(
  source: WorkSource<Context>,
  signal: AbortSignal,
): Promise<void> {
  // Finishing one and asking for the next go in one message, so the first is not awaited before the second.
  let finishing: Promise<void> | null = null
  for (;;) {
    let context = signal.aborted ? null : source.takeReady()
    try {
      context ??= await source.take(signal)
    } catch (error) {
      await finishing
      if (error instanceof SchedulerStoppedError || error instanceof QueueError) return
      throw error
    }
    if (finishing) await finishing
    // Also when there is nothing to wait for: what a handler left to a microtask comes before the next, and other loops
    // of this thread have their turn.
    await (source.work(context) ?? settled)
    finishing = source.finishReady(context) ? null : finishQuietly(source, context)
  }
}
