/** How does the cost of everything grow from ten thousand scheduled tasks to ten million? Over an hour and a minute. */
import { totalmem } from 'node:os'
import {
  cancelSubjects,
  hourMs,
  loadCore,
  minuteMs,
  nsEach,
  shuffled,
  tenEach,
} from '../core-load.ts'
import { median, now } from '../measure.ts'
import { amount, type Contender, type Pass, type Question } from '../question.ts'

const sizes = [
  { name: '1e4', count: 1e4, rounds: 20, once: true },
  { name: '1e5', count: 1e5, rounds: 9, once: false },
  { name: '1e6', count: 1e6, rounds: 1, once: true },
  { name: '1e7', count: 1e7, rounds: 1, once: false },
]

/** So many fall due from one tick to the next, however many there are. */
const perTick = 64
/** This part of them is released: what it costs with nearly all still there, not on the way down to none. */
const released = 0.1

export const question: Question = {
  name: 'growth',
  asks: 'How do the costs grow from 1e4 to 1e7 scheduled tasks?',
  contenders: sizes.flatMap((size) => [
    growing(size, 'an hour', hourMs),
    growing(size, 'a minute', minuteMs),
  ]),
}

function growing(
  { name, count, rounds, once }: (typeof sizes)[number],
  span: string,
  horizonMs: number,
): Contender {
  const megabytes = Math.floor((totalmem() / 2 ** 20) * 0.6)
  return {
    name: `${name} over ${span}`,
    once,
    // The heap's limit is a matter of the question about memory.
    flags: [`--max-old-space-size=${megabytes}`],
    limitSeconds: 200,
    run: async (settings) => {
      costsAt(2e4, horizonMs)
      const wanted = settings.quick ? amount(settings, count) : count
      const passes = Array.from({ length: rounds }, () => costsAt(wanted, horizonMs))
      const medianOf = (figure: string): number =>
        median(passes.map((pass) => Number(pass[figure])))
      return Object.fromEntries(
        Object.keys(passes[0] ?? {}).map((figure) => [figure, medianOf(figure)]),
      )
    },
  }
}

/** Nanoseconds of each, with so many scheduled. */
function costsAt(count: number, horizonMs: number): Pass {
  const { core, ids, addNsPerTask } = loadCore({
    count,
    horizonMs,
    subjectOf: tenEach,
    keepIds: true,
  })
  const order = shuffled(count)
  const few = Math.max(100, count / 100)

  const start = now()
  for (const index of order.subarray(0, few)) core.cancel(ids[index] ?? '')
  const cancelNsPerTask = nsEach(now() - start, few)

  const subjects = [...order.subarray(few, few + few / 10)].map(tenEach)
  const { cancelled, nsPerTask: subjectNsPerTask } = cancelSubjects(core, subjects)

  const ticks = Math.ceil((count * released) / perTick)
  let releaseMs = 0
  let workMs = 0
  let popped = 0
  for (let tick = 1; tick <= ticks; tick++) {
    const before = now()
    core.advanceTo(1 + (tick * horizonMs * released) / ticks)
    const after = now()
    popped += core.workOff()
    releaseMs += after - before
    workMs += now() - after
  }
  const expected = (count - few - cancelled) * released
  if (Math.abs(popped - expected) > expected * 0.2) {
    throw new Error(`${popped} were released, of about ${Math.round(expected)}`)
  }
  const popNsPerTask = nsEach(releaseMs, popped)
  return {
    addAndPopNsPerTask: Math.round((addNsPerTask + popNsPerTask) * 10) / 10,
    addNsPerTask,
    popNsPerTask,
    takeAndFinishNsPerTask: nsEach(workMs, popped),
    cancelNsPerTask,
    subjectNsPerTask,
  }
}
