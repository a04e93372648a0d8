import { now } from '../measure.ts'

/** How many milliseconds after its time a task got here. */
export const noteLateness = (due: number): number => now() - due
