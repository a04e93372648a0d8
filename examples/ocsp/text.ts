const wide =
  /\p{Script=Han}|\p{Script=Hangul}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Emoji_Presentation}|[\u3000-\u303f\uff01-\uff60]/u
const zeroWidth = /\p{M}/u

/** A text in exactly so many columns of a terminal: shortened with an ellipsis, or filled with spaces. */
export function fit(text: string, columns: number): string {
  let used = 0
  let shown = ''
  // Where to cut when the rest turns out not to fit: before the last column, which the ellipsis takes.
  let cut = ''
  let cutColumns = 0
  for (const character of printable(text)) {
    used += columnsOf(character)
    if (used > columns) return columns < 1 ? '' : `${cut}…${' '.repeat(columns - 1 - cutColumns)}`
    shown += character
    if (used < columns) [cut, cutColumns] = [shown, used]
  }
  return shown + ' '.repeat(columns - used)
}

/** A certificate may be named anything: what would steer the terminal becomes a question mark. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}]/gu, '?')
}

function columnsOf(character: string): number {
  if (zeroWidth.test(character)) return 0
  return wide.test(character) ? 2 : 1
}

/** 0.08 ms */
export function milliseconds(seconds: number): string {
  return `${(seconds * 1000).toFixed(2)} ms`
}

/** 2026-11-27 */
export function day(date: Date): string {
  return date.toISOString().replace(/T.*/, '')
}

/** 2026-11-27 20:53 UTC */
export function minute(date: Date): string {
  return `${day(date)} ${date.toISOString().replace(/.*T(..:..).*/, '$1')} UTC`
}

/** How far away: 'in 4.2 s' while that says more than the date. */
export function when(date: Date, now: Date): string {
  const seconds = Math.max(0, (date.getTime() - now.getTime()) / 1000)
  return seconds < 1000 ? `in ${seconds.toFixed(1)} s` : minute(date)
}

/** '1 certificate', '2 certificates' */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** '0.6 s', '60 s', '12 h' */
export function span(value: number): string {
  if (value >= 7200) return `${Number((value / 3600).toFixed(1))} h`
  return `${Number(value.toFixed(value < 10 ? 2 : 0))} s`
}
