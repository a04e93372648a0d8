/** Do short tasks wait behind long ones? They arrive at random times; 1 in 100 keeps its worker for 50 ms. */
import { latenessAtWorkers } from '../late-tasks.ts'
import { amount, type Contender, type Question } from '../question.ts'

const arrivals = { perSecond: 400, seconds: 5, anywhere: true, threads: 2 }
const isLong = (index: number): boolean => index % 100 === 50

export const question: Question = {
  name: 'mixed',
  asks: 'Do short tasks wait behind long ones?',
  contenders: [waiting('all short', 0), waiting('1 in 100 takes 50 ms', 50)],
}

/** How long the short ones waited; without long ones, the same tasks are looked at. */
function waiting(name: string, longMs: number): Contender {
  return {
    name,
    run: async (settings) => {
      const seconds = amount(settings, arrivals.seconds * 10) / 10
      const busyMs = (index: number): number => (isLong(index) ? longMs : 0)
      const late = await latenessAtWorkers({ ...arrivals, seconds, busyMs })
      const short = late.filter((_, index) => !isLong(index))
      return { msWaited: short.map((one) => Math.round(one * 1e4) / 1e4) }
    },
  }
}
