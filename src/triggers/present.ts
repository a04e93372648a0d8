/**
 * The present, in milliseconds since the epoch: what `nextRuns()` begins with when it is not told.
 *
 * Nothing else of a trigger may know it. What fires is asked with a time that is handed in.
 */
export function presentMs(): number {
  return Date.now()
}
