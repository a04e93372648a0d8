import { CoreDriver, packSubject, postedIds, type CoreTask } from './core-driver.ts'
import { now, randomNumbers } from './measure.ts'

/** As many as a client sends in one message. */
const perMessage = 256

export const hourMs = 3_600_000
export const minuteMs = 60_000

/** A core with something in it. */
export interface LoadedCore {
  readonly core: CoreDriver
  /** In the order of adding; empty unless they were asked for. */
  readonly ids: readonly string[]
  readonly addNsPerTask: number
}

export interface CoreLoad {
  readonly count: number
  /** Times are random within it. */
  readonly horizonMs: number
  readonly subjectOf: (index: number) => string | number
  readonly idOf?: (index: number) => string
  /** Copies each message as posting does. @default false */
  readonly posted?: boolean
  readonly keepIds?: boolean
  /** Attributes have next to nothing in common. @default false */
  readonly unlike?: boolean
}

/** Fills a core, message by message; only what the core does is timed. */
export function loadCore({
  count,
  horizonMs,
  subjectOf,
  idOf,
  posted = false,
  keepIds = false,
  unlike = false,
}: CoreLoad): LoadedCore {
  const core = new CoreDriver()
  const random = randomNumbers(3)
  const ids: string[] = []
  let addMs = 0
  for (let first = 0; first < count; first += perMessage) {
    const tasks: CoreTask[] = []
    for (let index = first; index < Math.min(count, first + perMessage); index++) {
      const task = { subject: subjectOf(index), inMs: 1 + random() * horizonMs }
      tasks.push(idOf ? { ...task, id: idOf(index) } : task)
    }
    const packed = core.pack(tasks, posted, unlike)
    const start = now()
    core.add(packed.batch)
    addMs += now() - start
    if (keepIds) for (const id of packed.ids) ids.push(id)
  }
  return { core, ids, addNsPerTask: nsEach(addMs, count) }
}

/** Cancels by id, message by message, as they arrive in the thread; only what the core does is timed. */
export function cancelIds(
  core: CoreDriver,
  ids: readonly string[],
): { readonly cancelled: number; readonly nsPerTask: number } {
  let cancelled = 0
  let ms = 0
  for (let first = 0; first < ids.length; first += perMessage) {
    const message = postedIds(ids.slice(first, first + perMessage))
    const start = now()
    cancelled += core.cancelEach(message)
    ms += now() - start
  }
  return { cancelled, nsPerTask: nsEach(ms, cancelled) }
}

/** Cancels by subject, message by message; only what the core does is timed. */
export function cancelSubjects(
  core: CoreDriver,
  subjects: readonly (string | number)[],
): { readonly cancelled: number; readonly nsPerTask: number } {
  let cancelled = 0
  let ms = 0
  for (let first = 0; first < subjects.length; first += perMessage) {
    const message = subjects.slice(first, first + perMessage).map(packSubject)
    const start = now()
    for (const subject of message) cancelled += core.cancelBySubject(subject)
    ms += now() - start
  }
  return { cancelled, nsPerTask: nsEach(ms, cancelled) }
}

/** Ten tasks a subject, as most are about something that has several. */
export const tenEach = (index: number): string => `${Math.floor(index / 10)}.example.org`

/** The numbers from 0 up in random order, the same in every run. */
export function shuffled(count: number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, index) => index)
  const random = randomNumbers(11)
  for (let last = count - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1))
    const kept = order[last] ?? 0
    order[last] = order[other] ?? 0
    order[other] = kept
  }
  return order
}

export function nsEach(ms: number, count: number): number {
  return Math.round((ms * 1e7) / count) / 10
}
