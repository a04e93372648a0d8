/** What do large attributes cost? They are encoded once and decoded once, and copied from thread to thread between. */
import { rateInChunks, schedulerWithNoops } from '../immediate.ts'
import { pools, rateInFlight } from '../peers/pools.ts'
import { amount, type Contender, type Question } from '../question.ts'

const sizes = [
  { name: '100 B', bytes: 100, count: 60_000, chunk: 256 },
  { name: '10 KB', bytes: 10_000, count: 10_000, chunk: 64 },
  { name: '1 MB', bytes: 1_000_000, count: 150, chunk: 2 },
]

export const question: Question = {
  name: 'attributes',
  asks: 'How many tasks a second that carry 100 B, 10 KB, 1 MB?',
  contenders: sizes.flatMap((size) => [throughScheduler(size), throughPiscina(size)]),
}

type Size = (typeof sizes)[number]

/** Text, because that is what large attributes are made of, most of the time. */
function carrying({ bytes }: Size): object {
  return { text: 'x'.repeat(bytes) }
}

function throughScheduler(size: Size): Contender {
  const { name, count, chunk } = size
  return {
    name: `SchedulerThread, ${name}`,
    run: async (settings) => {
      await using scheduler = await schedulerWithNoops()
      const carried = carrying(size)
      await rateInChunks(scheduler, amount(settings, count / 5), chunk, carried)
      return { perSecond: await rateInChunks(scheduler, amount(settings, count), chunk, carried) }
    },
  }
}

function throughPiscina(size: Size): Contender {
  const { name, count, chunk } = size
  return {
    name: `piscina, ${name}`,
    needs: ['piscina'],
    run: async (settings) => {
      const pool = await pools['piscina']?.()
      if (!pool) throw new Error('Expected a pool')
      const attributes = carrying(size)
      const run = (): Promise<unknown> => pool.run({ id: 'task', subject: 'subject', attributes })
      const width = Math.min(128, chunk * 8)
      await rateInFlight(amount(settings, count / 5), width, run)
      const perSecond = await rateInFlight(amount(settings, count), width, run)
      await pool.end()
      return { perSecond }
    },
  }
}
