import { now } from '../measure.ts'
import { until } from '../late-tasks.ts'
import { loadPeer } from '../peers.ts'
import { workerFile } from '../questions.ts'

/**
 * Runs something at each of some times, in order, and gives how many milliseconds late each was. The times begin soon
 * after they are asked for: when everything is loaded.
 */
export type Timer = (dueTimes: () => readonly number[], callerBusy: boolean) => Promise<number[]>

/** One timer, armed for the next time whenever it fires: as punctual as a program's own loop can be. */
export const rearmedTimeout: Timer = async (dueTimes, callerBusy) => {
  const times = dueTimes()
  const lateness: number[] = []
  const check = (): void => {
    const at = now()
    let next = times[lateness.length]
    while (next !== undefined && next <= at) {
      lateness.push(at - next)
      next = times[lateness.length]
    }
    if (next !== undefined) setTimeout(check, Math.max(1, Math.ceil(next - now())))
  }
  check()
  await allOver(times, lateness, callerBusy)
  return lateness
}

/** A timer for each, as most programs have it. Timers take whole milliseconds, so it is early now and then. */
export const timeoutEach: Timer = async (dueTimes, callerBusy) => {
  const times = dueTimes()
  const lateness: number[] = []
  for (const due of times) setTimeout(() => lateness.push(now() - due), due - now())
  await allOver(times, lateness, callerBusy)
  return lateness
}

/** The same timer, which hands each to a worker of piscina; noted there. */
export const rearmedTimeoutAndPiscina: Timer = async (dueTimes, callerBusy) => {
  const { Piscina } = await loadPeer<{
    readonly Piscina: new (options: object) => {
      run(task: unknown, options: object): Promise<number>
      destroy(): Promise<void>
    }
  }>('piscina')
  const pool = new Piscina({
    filename: workerFile('note-lateness'),
    minThreads: 1,
    maxThreads: 1,
  })
  const run = (due: number): Promise<number> => pool.run(due, { name: 'noteLateness' })
  for (let warm = 0; warm < 500; warm++) await run(0)
  const times = dueTimes()
  const lateness: number[] = []
  let next = 0
  const check = (): void => {
    for (let due = times[next]; due !== undefined && due <= now(); due = times[next]) {
      next++
      void run(due).then((late) => lateness.push(late))
    }
    const due = times[next]
    if (due !== undefined) setTimeout(check, Math.max(1, Math.ceil(due - now())))
  }
  check()
  await allOver(times, lateness, callerBusy)
  await pool.destroy()
  return lateness
}

export const croner: Timer = async (dueTimes, callerBusy) => {
  const { Cron } = await loadPeer<{ readonly Cron: new (at: Date, run: () => void) => object }>(
    'croner',
  )
  return atDates(dueTimes(), callerBusy, (date, run) => void new Cron(date, run))
}

export const nodeSchedule: Timer = async (dueTimes, callerBusy) => {
  const { scheduleJob } = await loadPeer<{
    readonly scheduleJob: (at: Date, run: () => void) => unknown
  }>('node-schedule')
  return atDates(dueTimes(), callerBusy, (date, run) => void scheduleJob(date, run))
}

/** It has intervals only: one is used once. */
export const toadScheduler: Timer = async (dueTimes, callerBusy) => {
  const { ToadScheduler, SimpleIntervalJob, Task } = await loadPeer<{
    readonly ToadScheduler: new () => { addSimpleIntervalJob(job: object): void; stop(): void }
    readonly SimpleIntervalJob: new (
      interval: { readonly milliseconds: number },
      task: object,
    ) => { stop(): void }
    readonly Task: new (id: string, run: () => void) => object
  }>('toad-scheduler')
  const scheduler = new ToadScheduler()
  const times = dueTimes()
  const lateness: number[] = []
  for (const [index, due] of times.entries()) {
    const task = new Task(`task ${index}`, () => {
      job.stop()
      lateness.push(now() - due)
    })
    const job = new SimpleIntervalJob({ milliseconds: Math.max(1, due - now()) }, task)
    scheduler.addSimpleIntervalJob(job)
  }
  await allOver(times, lateness, callerBusy)
  scheduler.stop()
  return lateness
}

/** For those that take dates: the times are moved to whole milliseconds of the calendar. */
async function atDates(
  times: readonly number[],
  callerBusy: boolean,
  schedule: (date: Date, run: () => void) => void,
): Promise<number[]> {
  const lateness: number[] = []
  const offset = calendarOffset()
  for (const time of times) {
    const date = new Date(Math.ceil(time + offset))
    const due = date.getTime() - offset
    schedule(date, () => lateness.push(now() - due))
  }
  await allOver(times, lateness, callerBusy)
  return lateness
}

/** What the calendar shows more than `now`, read when its millisecond changes. */
export function calendarOffset(): number {
  const before = Date.now()
  while (Date.now() === before);
  return Date.now() - now()
}

/** Waits for the last time, and then for those that are late. @throws when some never come. */
async function allOver(
  times: readonly number[],
  lateness: readonly number[],
  callerBusy: boolean,
): Promise<void> {
  await until((times.at(-1) ?? 0) + 100, callerBusy)
  for (let wait = 0; lateness.length < times.length; wait++) {
    if (wait === 50) throw new Error(`${lateness.length} of ${times.length} came`)
    await until(now() + 100, false)
  }
}
