import type { TimeZone } from './time-zone.ts'
import { dayMs } from './wall-date.ts'

/** Times of a wall clock, in order: the first from one on, both in wall milliseconds and in whole seconds. */
export interface WallTimes {
  from(wallMs: number): number | null
}

/**
 * What the clock skips every year, such as 02:30 on the last Sunday of March in Berlin, is never shown. After so many
 * stretches without a change of the clock, which is some fifty such dates in a row, there is nothing to come.
 */
const mostPieces = 200
/** No clock is put forward or back by more. */
const widestMs = 36 * 3_600_000

/**
 * The first instant from one on at which the clock of a zone shows one of the times.
 *
 * What a change skips is not shown, and what it repeats is shown twice.
 */
export function nextShown(times: WallTimes, zone: TimeZone, epochMs: number): number | null {
  let at = wholeSecond(epochMs)
  for (let pieces = 0; pieces < mostPieces; pieces++) {
    const piece = zone.pieceAt(at)
    const wall = times.from(at + piece.offset)
    if (wall !== null && wall - piece.offset < piece.to) return wall - piece.offset
    // A clock that is put back may show again what it showed before, but not for longer than that.
    const settled = piece.to - epochMs > widestMs
    if (wall === null && settled) return null
    at = settled && wall !== null ? Math.max(piece.to, wall - widestMs) : piece.to
  }
  return null
}

/**
 * The first instant from one on that one of the times stands for, when each stands for exactly one: the end of a gap for
 * what is skipped, and the first of two for what is repeated.
 *
 * A date that a zone leaves out altogether, as Samoa the 30th of December 2011 when it crossed the date line, is not made
 * up for: nobody there had that day.
 */
export function nextOnce(times: WallTimes, zone: TimeZone, epochMs: number): number | null {
  const at = wholeSecond(epochMs)
  let wall = times.from(earliestWall(zone, at))
  while (wall !== null) {
    const first = zone.first(wall)
    const isLost = isOnLostDate(zone, wall, first)
    if (first >= at && !isLost) return first
    // All of a lost date at once: it may have a time for every second.
    wall = times.from(isLost ? (Math.floor(wall / dayMs) + 1) * dayMs : wall + 1)
  }
  return null
}

function isOnLostDate(zone: TimeZone, wall: number, first: number): boolean {
  if (zone.toWall(first) === wall) return false
  const midnight = Math.floor(wall / dayMs) * dayMs
  const gapBegins = first + zone.offsetMs(first - 1)
  return gapBegins <= midnight && zone.toWall(first) >= midnight + dayMs
}

/** The earliest reading of the wall clock that may stand for an instant, or for a later one. */
function earliestWall(zone: TimeZone, epochMs: number): number {
  let piece = zone.pieceAt(epochMs)
  let wall = epochMs + piece.offset
  if (epochMs - piece.from > widestMs) return wall
  let beginsHere = piece.from === epochMs
  while (epochMs - piece.from <= widestMs) {
    const change = piece.from
    piece = zone.pieceAt(change - 1)
    // What was shown before the change is over, whether it is shown again or not; what the change skips stands for it.
    wall = beginsHere ? change + piece.offset : Math.max(wall, change + piece.offset)
    beginsHere = false
  }
  return wall
}

function wholeSecond(epochMs: number): number {
  return Math.ceil(epochMs / 1000) * 1000
}
