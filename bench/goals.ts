import { goalTable, type PartRule } from './goal-table.ts'
import { NotMeasuredError, type Goal, type GoalPart, type Measurements } from './measurements.ts'

/** What goals are computed from. */
export interface Measured {
  readonly quick: boolean
  readonly measurements: Measurements
}

/**
 * Computes every goal of the questions that were put, from nothing but the raw measurements. What was not measured, be
 * it that a peer is not installed, is not met.
 */
export function goalsOf({ quick, measurements }: Measured): Goal[] {
  return goalTable
    .filter(({ question }) => question in measurements)
    .map(({ id, what, parts }) => {
      const computed = parts.map((part) => computePart(part, measurements, quick))
      const [worst] = computed.toSorted((a, b) => distance(b) - distance(a))
      if (!worst) throw new Error(`Expected goal ${id} to have a part`)
      const goal = { ...worst, id, what, met: computed.every(({ met }) => met), parts: computed }
      return goal
    })
}

function computePart(
  { what, bound, goal, ratioOf }: PartRule,
  measurements: Measurements,
  quick: boolean,
): GoalPart {
  const part = { what, bound, goal, ratio: null, met: false }
  try {
    const ratio = ratioOf(measurements)
    if (!Number.isFinite(ratio)) return { ...part, why: 'its figures give no ratio' }
    if (quick) return { ...part, ratio, why: 'a quick run is no measurement' }
    return { ...part, ratio, met: bound === 'at most' ? ratio <= goal : ratio >= goal }
  } catch (error) {
    if (error instanceof NotMeasuredError) return { ...part, why: error.message }
    throw error
  }
}

/** 1 is just met; more is missed by that factor. */
function distance({ ratio, bound, goal }: GoalPart): number {
  if (ratio === null) return Infinity
  if (ratio === goal) return 1
  return bound === 'at most' ? ratio / goal : goal / ratio
}
