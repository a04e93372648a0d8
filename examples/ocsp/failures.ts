/**
 * What can go wrong, by what is done about it.
 *
 * | ladder | for | after its n-th failure since the last success |
 * | --- | --- | --- |
 * | file | a file or a neighbour: certificate, issuer, staple, HAProxy | 60·n s three times, an hour three times, then given up |
 * | response | a responder that answers something else than a good response | 60·n s three times, an hour three times, then every 12 hours |
 * | responder | a responder that does not answer; the next one is asked each time | 10 s three times each, an hour three times each, then 12 hours shared by all |
 *
 * The ladders are those of stapled.
 */
export type Ladder = 'file' | 'response' | 'responder'

const hour = 3600
const halfDay = 43_200

/** A failure that is worth another try. Any other error is not. */
export class StapleFailure extends Error {
  readonly ladder: Ladder

  constructor(ladder: Ladder, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.ladder = ladder
  }
}

/** Seconds until the next try after `count` failures of this ladder; null when there is none. */
export function delayAfter(ladder: Ladder, count: number, responders: number): number | null {
  if (ladder === 'responder') {
    if (count <= 3 * responders) return 10
    return count <= 6 * responders ? hour : halfDay / responders
  }
  if (count <= 3) return 60 * count
  if (count <= 6) return hour
  return ladder === 'response' ? halfDay : null
}

/** What an error says; that of a failed `fetch` is in its cause. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.message === 'fetch failed' && error.cause !== undefined) return reasonOf(error.cause)
  if (error instanceof AggregateError && error.message === '')
    return error.errors.map(reasonOf).join(', ')
  return error.message
}
