/** What does it cost to cancel everything about a subject, of a million scheduled tasks? Many small ones, and a large. */
import { cancelSubjects, hourMs, loadCore, shuffled, tenEach } from '../core-load.ts'
import { amount, type Question } from '../question.ts'

const scheduled = 1e6

export const question: Question = {
  name: 'subject',
  asks: 'What does cancelBySubject cost for each task, with a million scheduled?',
  contenders: [
    {
      name: '1e5 subjects of 10',
      run: async (settings) => {
        manySmall(20_000)
        return { nsPerTask: manySmall(amount(settings, scheduled)) }
      },
    },
    {
      name: 'one subject of 1e5',
      run: async (settings) => {
        // As many are cancelled as in the other's.
        oneLarge(200_000)
        return { nsPerTask: oneLarge(amount(settings, scheduled)) }
      },
    },
  ],
}

/** All of them, in random order. */
function manySmall(count: number): number {
  const { core } = loadCore({ count, horizonMs: hourMs, subjectOf: tenEach })
  const subjects = [...shuffled(count / 10)].map((number) => tenEach(number * 10))
  return cost(cancelSubjects(core, subjects), count)
}

/** Every tenth task is about the same; the others stay. */
function oneLarge(count: number): number {
  const subjectOf = (index: number): string => (index % 10 === 0 ? 'the one' : tenEach(index))
  const { core } = loadCore({ count, horizonMs: hourMs, subjectOf })
  return cost(cancelSubjects(core, ['the one']), count / 10)
}

function cost(
  { cancelled, nsPerTask }: ReturnType<typeof cancelSubjects>,
  expected: number,
): number {
  if (cancelled !== expected) throw new Error(`${cancelled} of ${expected} were cancelled`)
  return nsPerTask
}
