import { SchedulerError, SchedulerStoppedError } from '../core/errors.ts'

/** What a loop over tasks takes them from. */
export interface TaskSource<Context> {
  take(signal: AbortSignal): Promise<Context>
  finish(context: Context): Promise<void>
}

/**
 * The loop behind `tasks()`: takes, gives out, and finishes each when the body that worked on it ends. Ends without an
 * error when the scheduler stops, and at once when it is returned from, also while it waits.
 */
export function taskLoop<Context>(
  source: TaskSource<Context>,
  signal: AbortSignal | undefined,
): AsyncIterableIterator<Context> {
  const returned = new AbortController()
  const either = signal ? AbortSignal.any([signal, returned.signal]) : returned.signal
  const loop = run(source, either, returned.signal)
  return {
    next: () => loop.next(),
    return: (value) => {
      returned.abort()
      return loop.return(value)
    },
    throw: (error) => {
      returned.abort()
      return loop.throw(error)
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

async function* run<Context>(
  source: TaskSource<Context>,
  signal: AbortSignal,
  returned: AbortSignal,
): AsyncGenerator<Context, void, void> {
  // Finishing one and asking for the next go in one message, so the first is not awaited before the second.
  let finishing = Promise.resolve()
  for (;;) {
    let context: Context
    try {
      context = await source.take(signal)
    } catch (error) {
      await finishing
      if (error instanceof SchedulerStoppedError || returned.aborted) return
      throw error
    }
    await finishing
    let goesOn = false
    try {
      yield context
      goesOn = true
    } finally {
      finishing = finishQuietly(source, context)
      if (!goesOn) await finishing
    }
  }
}

/** It may have been finished already, or the scheduler may be gone: neither is an error of a loop. */
export async function finishQuietly<Context>(
  source: TaskSource<Context>,
  context: Context,
): Promise<void> {
  try {
    await source.finish(context)
  } catch (error) {
    if (!(error instanceof SchedulerError)) throw error
  }
}
