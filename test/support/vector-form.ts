import type { VectorCase, VectorKind } from './vector-files.ts'

/** What a case of a trigger has to have, besides its id; a slip in a name must not pass for a case without it. */
const required: Readonly<Partial<Record<VectorKind, readonly string[]>>> = {
  'cron-apscheduler': ['spec', 'tz', 'start', 'count', 'disputed'],
  'cron-crontab': ['expr', 'tz', 'start', 'count', 'kind'],
  interval: ['spec', 'tz', 'now', 'count', 'disputed'],
  date: ['run_date', 'tz', 'now', 'disputed'],
  'calendar-interval': ['spec', 'tz', 'start_date', 'count', 'disputed'],
}
/** What it may have. */
const optional: ReadonlySet<string> = new Set(
  (
    'id tags created previous start_date start_date_utc end_date end_date_utc ' +
    'fires answers error differs agree refuse contested'
  ).split(' '),
)

/**
 * What is wrong with the form of a case of a trigger, in words; null when nothing is.
 *
 * Each case says what it expects: times, answers, or an error. Each time is an instant in UTC and the same in local time.
 */
export function formFault(kind: VectorKind, vector: unknown): string | null {
  if (typeof vector !== 'object' || vector === null || !('id' in vector)) {
    return 'Expected a case to be an object with an id.'
  }
  const names = required[kind]
  if (!names) return null
  const missing = names.find((name) => !(name in vector))
  if (missing !== undefined) return `Expected a case to have ${missing}.`
  const stranger = Object.keys(vector).find((name) => !names.includes(name) && !optional.has(name))
  if (stranger !== undefined) return `Expected no ${stranger} in a case.`
  return expectationFault(vector)
}

function expectationFault(vector: object): string | null {
  const { fires, answers, error, kind } = vector as Readonly<Record<string, unknown>>
  if (fires === undefined && answers === undefined && error !== true && kind !== 'invalid') {
    return 'Expected a case to have fires, answers, or an error that is true.'
  }
  if (answers !== undefined && !Array.isArray(answers)) return 'Expected answers to be a list.'
  const all = [fires, ...((answers ?? []) as readonly VectorCase[]).map(firesIn)]
  return all.every(isFires)
    ? null
    : 'Expected fires to be null or a list of [UTC, the same in local time].'
}

function firesIn(answer: unknown): unknown {
  return typeof answer === 'object' && answer !== null && 'fires' in answer
    ? answer.fires
    : undefined
}

function isFires(fires: unknown): boolean {
  if (fires === undefined || fires === null) return true
  return (
    Array.isArray(fires) &&
    fires.every(
      (pair: unknown) =>
        Array.isArray(pair) &&
        pair.length === 2 &&
        // NaN is not itself: what is no time fails as well.
        Date.parse(String(pair[0])) === Date.parse(String(pair[1])),
    )
  )
}
