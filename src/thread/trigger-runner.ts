import type { MessagePort } from 'node:worker_threads'
import type { OccurrenceAnswer } from '../jobs/job-host.ts'
import { shown, textOf } from '../core/errors.ts'

/**
 * What the module of a custom trigger exports as `nextFireTime`: the first time after `previous` or, when that is null,
 * the first that is not before `now`. Null: it never fires again.
 *
 * It is asked with the *planned* time of the last run, one time ahead, in a thread of its own. What it throws, anything
 * else than a valid time, a time that is not after `previous`, and no answer within a second disable the job that asked.
 * Source: APScheduler 3.0's `get_next_fire_time(previous_fire_time, now)`.
 */
export type CustomNextFireTime<Options = Readonly<Record<string, unknown>>> = (
  previous: Date | null,
  now: Date,
  /** What stands beside `custom` in the job's trigger. */
  options: Options,
) => TimeOrNever | Promise<TimeOrNever>

type TimeOrNever = Date | { readonly epochMilliseconds: number } | null

/** One question, as the thread of a trigger is asked it. */
export interface TriggerQuestion {
  readonly number: number
  readonly options: Readonly<Record<string, unknown>>
  readonly previousMs: number | null
  readonly nowMs: number
}

export type FromTriggerThread =
  | { readonly type: 'loaded' }
  /** The module cannot be asked anything. */
  | { readonly type: 'failed'; readonly message: string }
  | { readonly type: 'answer'; readonly number: number; readonly answer: OccurrenceAnswer }

/** The life of a trigger's thread: it loads the module, and answers one question after the other. */
export async function runTrigger(file: string, port: MessagePort): Promise<void> {
  const tell = (message: FromTriggerThread): void => port.postMessage(message)
  let nextFireTime: CustomNextFireTime
  try {
    nextFireTime = nextFireTimeOf(file, await import(file))
  } catch (error) {
    return tell({ type: 'failed', message: textOf(error) })
  }
  port.on('message', (question: TriggerQuestion) => {
    void answerTo(nextFireTime, question).then((answer) =>
      tell({ type: 'answer', number: question.number, answer }),
    )
  })
  tell({ type: 'loaded' })
}

async function answerTo(
  nextFireTime: CustomNextFireTime,
  { previousMs, nowMs, options }: TriggerQuestion,
): Promise<OccurrenceAnswer> {
  try {
    const previous = previousMs === null ? null : new Date(previousMs)
    const next: unknown = await nextFireTime(previous, new Date(nowMs), options)
    if (next === null) return { nextMs: null }
    const nextMs = epochMsOf(next)
    return nextMs === null ? { error: `Expected a Date or null, got ${shown(next)}.` } : { nextMs }
  } catch (error) {
    return { error: textOf(error) }
  }
}

function epochMsOf(time: unknown): number | null {
  if (typeof time !== 'object' || time === null) return null
  const ms: unknown =
    time instanceof Date
      ? time.getTime()
      : 'epochMilliseconds' in time
        ? time.epochMilliseconds
        : null
  return typeof ms === 'number' && Number.isFinite(ms) ? ms : null
}

function nextFireTimeOf(file: string, exported: unknown): CustomNextFireTime {
  const found: unknown =
    typeof exported === 'object' && exported !== null
      ? Reflect.get(exported, 'nextFireTime')
      : undefined
  if (typeof found === 'function') return found as CustomNextFireTime
  throw new TypeError(`Expected ${file} to export a function nextFireTime, got ${shown(found)}.`)
}
