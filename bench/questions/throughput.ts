/**
 * How many immediate tasks that do nothing get through two worker threads in a second? From the first call to the last
 * task done. A pool's promise says that its task is done; of the scheduler, every call's promise is awaited, and then
 * `join`.
 */
import { rateInChunks, rateOfCalls, schedulerWithNoops } from '../immediate.ts'
import { pools, rateInFlight, rateInTurns } from '../peers/pools.ts'
import { smallAttributes } from '../pending.ts'
import type { Contender, Question } from '../question.ts'
import { steadyRate } from '../steady-rate.ts'

/** What the plot shows. */
export const chunkSizes: readonly number[] = [1, 4, 16, 64, 256, 1024]

export const question: Question = {
  name: 'throughput',
  asks: 'How many immediate tasks get through two worker threads in a second?',
  contenders: [
    {
      name: 'SchedulerThread, addTasks',
      run: async (settings) => {
        await using scheduler = await schedulerWithNoops()
        const run = (count: number): Promise<number> => rateInChunks(scheduler, count, 256)
        return { in256PerSecond: await steadyRate(settings, run) }
      },
    },
    aPool('piscina'),
    {
      name: 'SchedulerThread, addTask',
      run: async (settings) => {
        await using scheduler = await schedulerWithNoops()
        return {
          in256PerSecond: await steadyRate(settings, (count) => rateOfCalls(scheduler, count, 256)),
          oneAwaitedPerSecond: await steadyRate(settings, (count) =>
            rateOfCalls(scheduler, count, 1),
          ),
        }
      },
    },
    aPool('tinypool'),
    aPool('workerpool'),
    aPool('poolifier'),
    ...chunkSizes.map(inChunksOf),
  ],
}

/** A pool in the three shapes that its users have; the best of them counts. */
function aPool(name: string): Contender {
  return {
    name,
    needs: [name],
    run: async (settings) => {
      const pool = await pools[name]?.()
      if (!pool) throw new Error(`Expected a pool, got ${name}`)
      let made = 0
      const run = (): Promise<unknown> => {
        const attributes = smallAttributes(++made)
        return pool.run({ id: `task ${made}`, subject: `subject ${made % 1000}`, attributes })
      }
      const pass = {
        in256PerSecond: await steadyRate(settings, (count) => rateInTurns(count, 256, run)),
        inFlight128PerSecond: await steadyRate(settings, (count) => rateInFlight(count, 128, run)),
        oneAwaitedPerSecond: await steadyRate(settings, (count) => rateInFlight(count, 1, run)),
      }
      await pool.end()
      return pass
    },
  }
}

function inChunksOf(chunk: number): Contender {
  return {
    name: `SchedulerThread, chunks of ${chunk}`,
    run: async (settings) => {
      await using scheduler = await schedulerWithNoops()
      const run = (count: number): Promise<number> => rateInChunks(scheduler, count, chunk)
      return { perSecond: await steadyRate(settings, run) }
    },
  }
}
