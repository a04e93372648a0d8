/** How fast do 100,000 tasks get through that fall due at once, and does it matter how many wait for later? */
import { setTimeout as sleep } from 'node:timers/promises'
import { ScheduledTaskContext } from '../../src/index.ts'
import { schedulerWithNoops } from '../immediate.ts'
import { now } from '../measure.ts'
import { addPending, attributes } from '../pending.ts'
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

/** Two bursts; the first is the warm-up. */
async function rate(settings: Settings, pending: number): Promise<number> {
  await using scheduler = await schedulerWithNoops()
  if (pending > 0) await addPending(scheduler, pending)
  let result = 0
  for (const count of [amount(settings, burst) / 2, amount(settings, burst)]) {
    // A date, so that all are due at one time however long it takes to add them.
    const due = new Date(Date.now() + 500 + count / 50)
    for (let added = 0; added < count; added += chunk) {
      const contexts = Array.from(
        { length: Math.min(chunk, count - added) },
        (_, index) =>
          new ScheduledTaskContext('noop', `subject ${(added + index) % 1000}`, due, attributes),
      )
      await scheduler.addTasks(contexts)
    }
    const early = due.getTime() - Date.now()
    if (early <= 0) throw new Error('Adding them took longer than until they were due')
    await sleep(early)
    const start = now() - (Date.now() - due.getTime())
    // The loop may wake before the scheduler's clock is there: the first of them entering its queue is the burst.
    while ((await scheduler.stats()).queues['noop']?.scheduled !== 0) await sleep(1)
    await scheduler.join('noop', { timeout: 60 })
    result = perSecond(count, start)
  }
  return result
}
