import { SchedulerError, SchedulerStoppedError } from '../core/errors.ts'

/** What a loop over tasks takes them from. */
export interface TaskSource<Context> {
  /** One that can be had without waiting. */
  takeReady(): Context | null
  take(signal: AbortSignal): Promise<Context>
  /** Finishes one, without waiting; false when that has to be asked for. */
  finishReady(context: Context): boolean
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
  let finishing: Promise<void> | null = null
  for (;;) {
    let context = signal.aborted ? null : source.takeReady()
    try {
      context ??= await source.take(signal)
    } catch (error) {
      await finishing
      if (error instanceof SchedulerStoppedError || returned.aborted) return
      throw error
    }
    if (finishing) await finishing
    let goesOn = false
    try {
      yield context
      goesOn = true
    } finally {
      finishing = source.finishReady(context) ? null : finishQuietly(source, context)
      if (finishing && !goesOn) await finishing
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
