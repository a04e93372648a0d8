/** Lengths of time as they are shown. */

/** As APScheduler prints them: `1:00:00`, `1 day, 0:00:00`, `0:00:00.250000`. */
export function elapsedText(ms: number): string {
  const days = Math.floor(ms / 86_400_000)
  const hours = Math.floor(ms / 3_600_000) % 24
  const minutes = Math.floor(ms / 60_000) % 60
  const seconds = Math.floor(ms / 1000) % 60
  const fraction = ms % 1000 === 0 ? '' : `.${padded(ms % 1000, 3)}000`
  const time = `${hours}:${padded(minutes, 2)}:${padded(seconds, 2)}${fraction}`
  return days === 0 ? time : `${amount(days, 'day')}, ${time}`
}

/** In words: `2 hours and 30 minutes`. */
export function elapsedWords(ms: number): string {
  return inWords([
    [Math.floor(ms / 86_400_000), 'day'],
    [Math.floor(ms / 3_600_000) % 24, 'hour'],
    [Math.floor(ms / 60_000) % 60, 'minute'],
    [(ms % 60_000) / 1000, 'second'],
  ])
}

/** Amounts and their units, without those that are zero: `1 year, 2 months and 3 days`. */
export function inWords(parts: readonly (readonly [number, string])[]): string {
  const words = parts.filter(([size]) => size !== 0).map(([size, unit]) => amount(size, unit))
  const last = words.pop() ?? 'no time'
  return words.length === 0 ? last : `${words.join(', ')} and ${last}`
}

/** `every day`, `every 2 hours and 30 minutes`: the one of a single unit is not said. */
export function everyWords(words: string): string {
  return `every ${words.replace(/^1 (?=\w+$)/, '')}`
}

/** What is added to an explanation when there is jitter. */
export function jitterWords(jitterMs: number): string {
  return jitterMs === 0 ? '' : ` Each begins at random up to ${elapsedWords(jitterMs)} later.`
}

function amount(size: number, unit: string): string {
  return `${size} ${unit}${size === 1 ? '' : 's'}`
}

function padded(value: number, width: number): string {
  return String(value).padStart(width, '0')
}
