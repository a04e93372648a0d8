import type { Settings } from './question.ts'

/** The first tasks: enough to see how fast it is, and to compile what they pass. */
const firstTasks = 3000

/**
 * Tasks per second of something that does as many as it is told, measured for about a second, after a warm-up of twice
 * that: every contender is warm for the same time. With four threads on two cores it takes a second until what they run
 * most is compiled.
 */
export async function steadyRate(
  { quick }: Settings,
  run: (count: number) => Promise<number>,
): Promise<number> {
  const seconds = quick ? 0.3 : 1
  let rate = await run(firstTasks)
  for (let round = 0; round < 4; round++) rate = await run(Math.ceil((rate * seconds) / 2))
  return run(Math.ceil(rate * seconds))
}
