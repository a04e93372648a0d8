/** How many immediate tasks a second, beside BullMQ, which keeps its jobs in Redis and is not confined to a process? */
import { rateInChunks, schedulerWithNoops } from '../immediate.ts'
import { bullmqRate } from '../peers/bullmq.ts'
import type { Question } from '../question.ts'
import { steadyRate } from '../steady-rate.ts'

export const question: Question = {
  name: 'bullmq',
  asks: 'How many immediate tasks a second, beside BullMQ?',
  contenders: [
    {
      name: 'SchedulerThread',
      run: async (settings) => {
        await using scheduler = await schedulerWithNoops()
        const run = (count: number): Promise<number> => rateInChunks(scheduler, count, 256)
        return { perSecond: await steadyRate(settings, run) }
      },
    },
    {
      name: 'BullMQ',
      needs: ['bullmq', 'ioredis', 'redis'],
      run: async (settings) => ({
        perSecond: await bullmqRate(settings.redisUrl ?? '', settings),
      }),
    },
  ],
}
