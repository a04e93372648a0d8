/** What does it cost when a worker holds one task at a time, and asks for the next when it is done with that? */
import { rateOfLoops } from '../looping.ts'
import { pools, rateInFlight } from '../peers/pools.ts'
import { smallAttributes } from '../pending.ts'
import type { Question } from '../question.ts'
import { steadyRate } from '../steady-rate.ts'

export const question: Question = {
  name: 'strict',
  asks: 'How many tasks a second, one at a time per worker?',
  contenders: [
    {
      name: 'SchedulerThread',
      run: async (settings) => ({
        perSecond: await rateOfLoops('strict', settings),
      }),
    },
    {
      name: 'piscina, one at a time',
      needs: ['piscina'],
      run: async (settings) => {
        const pool = await pools['piscina']?.()
        if (!pool) throw new Error('Expected a pool')
        let made = 0
        const run = (): Promise<unknown> =>
          pool.run({ id: `task ${++made}`, subject: 'subject', attributes: smallAttributes(made) })
        const perSecond = await steadyRate(settings, (count) => rateInFlight(count, 1, run))
        await pool.end()
        return { perSecond }
      },
    },
  ],
}
