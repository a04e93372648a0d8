import { ScheduledTaskContext, type HandlerOf, type TaskScheduler } from 'scheduler-thread'
import { delayAfter, reasonOf, StapleFailure } from './failures.ts'
import type { ContextFor, LogEntry, StapleQueues } from './queues.ts'
import { span } from './text.ts'

type WorkQueue = 'parse' | 'renew' | 'proxy-add'

/** What a handler works with. */
export interface Desk {
  readonly scheduler: TaskScheduler<StapleQueues>
  /** Aborted when the certificate changed or went away, and when the daemon ends. */
  readonly signal: AbortSignal
  log(level: LogEntry['level'], message: string, outcome?: LogEntry['outcome']): Promise<void>
}

/**
 * A handler that throws what it likes: a failure is tried again as its ladder says, by `context.reschedule`, and
 * anything else is logged and dropped.
 */
export function guarded<Name extends WorkQueue>(
  work: (context: ContextFor<Name>, desk: Desk) => Promise<void>,
): HandlerOf<StapleQueues, Name> {
  return async (context, { scheduler, signal }) => {
    const path = String(context.subject)
    const desk: Desk = {
      scheduler,
      signal,
      log: async (level, message, outcome) => {
        const entry = outcome === undefined ? { level, message } : { level, message, outcome }
        await scheduler.addTask(new ScheduledTaskContext('log', path, null, entry))
      },
    }
    try {
      await work(context, desk)
    } catch (error) {
      // Nobody waits for the outcome any more: the finder cancelled it, or the daemon ends.
      if (!signal.aborted) await afterFailure(context, error, desk)
    }
  }
}

async function afterFailure<Name extends WorkQueue>(
  context: ContextFor<Name>,
  error: unknown,
  desk: Desk,
): Promise<void> {
  const work: StapleQueues[WorkQueue] = context.attributes
  const { settings, failures } = work
  context.setLastError(error)
  if (!(error instanceof StapleFailure)) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    await desk.log('error', `unexpected, and given up: ${text}`, 'given up')
    return
  }
  const { ladder } = error
  const tries = failures.tries + 1
  const count = failures.ladder === ladder ? failures.count + 1 : 1
  const delay = delayAfter(ladder, count, 'responders' in work ? work.responders.length : 1)
  if (delay === null || (settings.maxTries !== null && tries >= settings.maxTries)) {
    const after = `given up after ${tries} ${tries === 1 ? 'try' : 'tries'}`
    await desk.log('error', `${reasonOf(error)}; ${after}`, 'given up')
    return
  }
  work.failures = { tries, ladder, count }
  const wait = delay * settings.retryScale
  // First the next try, then the news of it: in one-off mode nothing is ever left to do while a try is to come.
  await context.reschedule(wait)
  await desk.log('warning', `${reasonOf(error)}; next try in ${span(wait)}`)
}
