/** Is a loop that blocks in `getTaskSync` as fast as one that awaits `getTask`? */
import { rateOfLoops } from '../looping.ts'
import type { Contender, Question } from '../question.ts'

export const question: Question = {
  name: 'sync',
  asks: 'How many tasks a second in loops of getTaskSync, and of getTask?',
  contenders: [loops('getTask', 'async'), loops('getTaskSync', 'sync')],
}

function loops(name: string, kind: 'async' | 'sync'): Contender {
  return {
    name,
    run: async (settings) => ({
      perSecond: await rateOfLoops(kind, settings),
    }),
  }
}
