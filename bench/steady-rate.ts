import type { Settings } from './question.ts'

/** The first tasks: enough to see how fast it is, and to compile what they pass. */
const firstTasks = 3000

/**
 * Tasks per second of something that does as many as it is told, measured for about a second, after a warm-up of
 * two thirds of that: every contender is warm for the same time, and none is measured for longer than it takes.
 */
export async function steadyRate(
  { quick }: Settings,
  run: (count: number) => Promise<number>,
): Promise<number> {
  const seconds = quick ? 0.3 : 1
  let rate = await run(firstTasks)
  for (let round = 0; round < 2; round++) rate = await run(Math.ceil((rate * seconds) / 3))
  return run(Math.ceil(rate * seconds))
}
