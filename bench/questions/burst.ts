/** How fast do 100,000 tasks get through that fall due at once, and does it matter how many wait for later? */
import { setTimeout as sleep } from 'node:timers/promises'
import { ScheduledTaskContext, type SchedulerThread } from '../../src/index.ts'
import { schedulerWithNoops } from '../immediate.ts'
import { now } from '../measure.ts'
import { addPending, smallAttributes } from '../pending.ts'
import { perSecond } from '../peers/pools.ts'
import { amount, type Contender, type Question, type Settings } from '../question.ts'

const burst = 1e5
const chunk = 1000

export const question: Question = {
  name: 'burst',
  asks: 'How fast do 100,000 tasks get through that fall due at once?',
  contenders: [bursts('0 pending', 0), bursts('1e6 pending', 1e6)],
}

function bursts(name: string, pending: number): Contender {
  return {
    name,
    run: async (settings) => ({ perSecond: await rate(settings, amount(settings, pending)) }),
  }
}

/** Two bursts: the first is the warm-up, and shows how long adding takes. */
async function rate(settings: Settings, pending: number): Promise<number> {
  await using scheduler = await schedulerWithNoops()
  if (pending > 0) await addPending(scheduler, pending)
  const count = amount(settings, burst)
  const { addingMs } = await burstOf(scheduler, count / 4, 3000)
  const { early, tasksPerSecond } = await burstOf(scheduler, count, 500 + addingMs * 4 * 2)
  if (!early) throw new Error('Adding them took longer than until they were due')
  return tasksPerSecond
}

interface Burst {
  readonly addingMs: number
  /** Whether all were there before they were due. */
  readonly early: boolean
  readonly tasksPerSecond: number
}

async function burstOf(scheduler: SchedulerThread, count: number, inMs: number): Promise<Burst> {
  const adding = now()
  // A date, so that all are due at one time however long it takes to add them.
  const due = new Date(Date.now() + inMs)
  for (let added = 0; added < count; added += chunk) {
    const contexts = Array.from({ length: Math.min(chunk, count - added) }, (_, index) => {
      const number = added + index
      const about = smallAttributes(number)
      return new ScheduledTaskContext('noop', `subject ${number % 1000}`, due, about)
    })
    await scheduler.addTasks(contexts)
  }
  const addingMs = now() - adding
  const leftMs = due.getTime() - Date.now()
  if (leftMs > 0) await sleep(leftMs)
  const start = now() - (Date.now() - due.getTime())
  // This loop may wake before the scheduler's clock is there; none is scheduled any more when the burst has begun.
  while ((await scheduler.stats()).queues['noop']?.scheduled !== 0) await sleep(1)
  await scheduler.join('noop', { timeout: 60 })
  return { addingMs, early: leftMs > 0, tasksPerSecond: perSecond(count, start) }
}
