/** How late does a task begin that was scheduled for a time? At a worker thread, or in the callback of a timer. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { dueTimes, latenessAtWorkers, type LateTasks } from '../late-tasks.ts'
import { bullmqLateness } from '../peers/bullmq.ts'
import {
  croner,
  nodeSchedule,
  rearmedTimeout,
  rearmedTimeoutAndPiscina,
  timeoutEach,
  toadScheduler,
  type Timer,
} from '../peers/timers.ts'
import { benchFolder, pythonWithApscheduler } from '../peers.ts'
import { amount, type Contender, type Question, type Settings } from '../question.ts'

/** Sparse enough that each is met by an idle scheduler. */
const perSecond = 500

export const question: Question = {
  name: 'lateness',
  asks: 'How late does a task begin?',
  contenders: [
    inCaller('setTimeout, re-armed', rearmedTimeout),
    atWorker('SchedulerThread'),
    inCaller('setTimeout, one each', timeoutEach),
    { ...inCaller('setTimeout and piscina', rearmedTimeoutAndPiscina), needs: ['piscina'] },
    inCaller('setTimeout, re-armed, caller busy', rearmedTimeout, { callerBusy: true }),
    atWorker('SchedulerThread, caller busy', { callerBusy: true }),
    atWorker('SchedulerThread, 1e6 pending', { pending: 1e6 }),
    atWorker('SchedulerThread, 1,000 a second', { perSecond: 1000, threads: 2 }),
    atWorker('SchedulerThread, 10,000 a second', { perSecond: 10_000, threads: 2 }),
    {
      name: 'APScheduler',
      needs: ['apscheduler'],
      run: async (settings) => ({
        usLate: await apschedulerLateness(secondsOf(settings) * perSecond),
      }),
    },
    {
      name: 'BullMQ',
      needs: ['bullmq', 'ioredis', 'redis'],
      run: async (settings) => ({
        usLate: micros(
          await bullmqLateness(settings.redisUrl ?? '', secondsOf(settings) * perSecond, perSecond),
        ),
        hz: settings.redisHz ?? 0,
      }),
    },
    shown('croner', croner),
    shown('node-schedule', nodeSchedule),
    shown('toad-scheduler', toadScheduler),
  ],
}

function atWorker(name: string, how: Partial<LateTasks> = {}): Contender {
  return {
    name,
    run: async (settings) => {
      const tasks = { perSecond, seconds: secondsOf(settings), threads: 1, ...how }
      const pending = amount(settings, how.pending ?? 0)
      const late = await latenessAtWorkers({ ...tasks, pending })
      return { usLate: micros(late) }
    },
  }
}

/** No goal is about it. */
function shown(name: string, timer: Timer): Contender {
  return { ...inCaller(name, timer), needs: [name], once: true }
}

function inCaller(
  name: string,
  timer: Timer,
  { callerBusy = false }: { callerBusy?: boolean } = {},
): Contender {
  return {
    name,
    run: async (settings) => {
      const times = (): number[] => dueTimes({ perSecond, seconds: secondsOf(settings) })
      return { usLate: micros(await timer(times, callerBusy)) }
    },
  }
}

function secondsOf(settings: Settings): number {
  return amount(settings, 20) / 10
}

async function apschedulerLateness(count: number): Promise<number[]> {
  const found = await pythonWithApscheduler()
  const script = join(benchFolder, 'peers/apscheduler_lateness.py')
  const options = { timeout: 80_000, maxBuffer: 1e7 }
  const { stdout } = await promisify(execFile)(
    found?.python ?? 'python3',
    [script, String(count), String(perSecond)],
    options,
  )
  return JSON.parse(stdout) as number[]
}

/** Microseconds, to a tenth: downwards, so that what is early stays early. */
function micros(ms: readonly number[]): number[] {
  const missing = ms.filter((one) => !Number.isFinite(one)).length
  if (missing > 0) throw new Error(`${missing} of ${ms.length} tasks never came`)
  return ms.map((one) => Math.floor(one * 10_000) / 10)
}
