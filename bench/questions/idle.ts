/** What does the scheduler thread do while nothing is due? On Linux, how often it went to sleep in ten seconds. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { SchedulerThread } from '../../src/index.ts'
import { addPending } from '../pending.ts'
import { amount, type Pass, type Question, type Settings } from '../question.ts'

const threads = '/proc/self/task'

export const question: Question = {
  name: 'idle',
  asks: 'What does the scheduler thread do while nothing is due?',
  contenders: [{ name: 'SchedulerThread', run: idling }],
}

/** Two of them at once: they do nothing, so neither is in the other's way. */
async function idling(settings: Settings): Promise<Pass> {
  if (!existsSync(threads)) throw new Error('it can be measured on Linux only')
  // Node's own threads start with the first files that are read; after that, a new one is the scheduler's.
  await Promise.all(Array.from({ length: 8 }, () => readFile(new URL(import.meta.url))))
  await using empty = await startedAlone()
  await using later = await startedAlone()
  await addPending(later.scheduler, 1000)
  await sleep(1000)

  const before = [empty, later].map(({ thread }) => voluntarySwitches(thread))
  const usage = process.cpuUsage()
  const seconds = amount(settings, 10)
  await sleep(seconds * 1000)
  const { user, system } = process.cpuUsage(usage)
  const [ofEmpty = 0, ofLater = 0] = [empty, later].map(
    ({ thread }, index) => voluntarySwitches(thread) - (before[index] ?? 0),
  )
  return {
    emptySwitches: ofEmpty,
    relativeTimesSwitches: ofLater,
    processCpuPercent: Math.round((user + system) / seconds / 100) / 100,
  }
}

/** A scheduler, and the number of its thread: the only one that is new. */
async function startedAlone(): Promise<
  AsyncDisposable & { readonly scheduler: SchedulerThread; readonly thread: string }
> {
  const before = new Set(readdirSync(threads))
  const scheduler = await new SchedulerThread().start()
  const fresh = readdirSync(threads).filter((id) => !before.has(id))
  const [thread] = fresh
  if (thread === undefined || fresh.length > 1) {
    throw new Error(`Expected one new thread, got ${fresh.length}`)
  }
  const stop = async (): Promise<void> => void (await scheduler.stop())
  return { scheduler, thread, [Symbol.asyncDispose]: stop }
}

function voluntarySwitches(thread: string): number {
  const status = readFileSync(`${threads}/${thread}/status`, 'utf8')
  return Number(/^voluntary_ctxt_switches:\s*(\d+)$/m.exec(status)?.[1])
}
