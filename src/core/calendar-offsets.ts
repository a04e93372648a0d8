/** How often the calendar is looked at while something waits for a time of it: it may be moved, and nothing tells. */
export const wallCheckMs = 1000
/** The calendar may run this much ahead of or behind the clock before anything is placed anew. */
const clockJumpMs = 1000

/** By what the times of the calendar that wait were placed: what it showed more than the clock, least and most. */
export class CalendarOffsets {
  #least = 0
  #most = 0
  /** How many such times there are. */
  count = 0

  /** One more was placed by an offset. */
  add(offsetMs: number): void {
    this.count++
    this.#least = Math.min(this.#least, offsetMs)
    this.#most = Math.max(this.#most, offsetMs)
  }

  /**
   * Tells the offset that there is now. When that is more than a second from what any time was placed by, all of them
   * are to be placed anew, and the answer is by how much it moved; otherwise it is 0.
   */
  follow(offsetMs: number): number {
    const sinceLeast = offsetMs - this.#least
    const sinceMost = offsetMs - this.#most
    const movedMs = Math.abs(sinceLeast) > Math.abs(sinceMost) ? sinceLeast : sinceMost
    if (this.count > 0 && Math.abs(movedMs) <= clockJumpMs) return 0
    this.#least = this.#most = offsetMs
    return this.count === 0 ? 0 : movedMs
  }
}
