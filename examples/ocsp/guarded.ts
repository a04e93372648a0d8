import { ScheduledTaskContext, type HandlerOf, type TaskScheduler } from 'scheduler-thread'
import { delayAfter, reasonOf, StapleFailure } from './failures.ts'
import { triesOf, type ContextFor, type Level, type Outcome, type StapleQueues } from './queues.ts'
import { span } from './text.ts'

type WorkQueue = 'parse' | 'renew' | 'proxy-add'

/** What a handler works with. */
export interface Desk {
  readonly scheduler: TaskScheduler<StapleQueues>
  /** Aborted when the certificate changed or went away, and when the daemon ends. */
  readonly signal: AbortSignal
  log(level: Level, message: string, outcome?: Outcome): Promise<void>
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
        const about = { path, level, message }
        const entry = outcome === undefined ? about : { ...about, outcome }
        await scheduler.addTask(new ScheduledTaskContext('log', null, null, entry))
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
  // A staple that HAProxy does not get is one for all that.
  const givenUp = context.taskName === 'proxy-add' ? undefined : 'given up'
  if (!(error instanceof StapleFailure)) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    const line = text.replaceAll(/\s*\n\s*/g, ' | ')
    await desk.log('error', `unexpected, and given up: ${line}`, givenUp)
    return
  }
  const { ladder } = error
  work.failures = { ...failures, [ladder]: failures[ladder] + 1 }
  const tries = triesOf(work.failures)
  const responders = 'responders' in work ? work.responders.length : 1
  const delay = delayAfter(ladder, work.failures[ladder], responders)
  if (delay === null || (settings.maxTries !== null && tries >= settings.maxTries)) {
    const after = `given up after ${tries} ${tries === 1 ? 'try' : 'tries'}`
    await desk.log('error', `${reasonOf(error)}; ${after}`, givenUp)
    return
  }
  const wait = delay * settings.retryScale
  // First the next try, then the news of it: in one-off mode nothing is ever left to do while a try is to come.
  await context.reschedule(wait)
  await desk.log('warning', `${reasonOf(error)}; next try in ${span(wait)}`)
}
