/** Where a heap tells a member its place, so that it can be taken out of the middle. */
export interface PlaceKeeper {
  placeOf(member: number): number
  setPlace(member: number, place: number): void
}

const children = 4

/**
 * Members, which are numbers, in exact order of time and, among equals, of sequence.
 *
 * A heap of four children over typed arrays: the times are in it, so that comparing looks at nothing else. Adding,
 * and removing from anywhere, are O(log n); the first is O(1).
 */
export class TimeHeap {
  readonly #places: PlaceKeeper
  #times: Float64Array
  #sequences: Float64Array
  #members: Uint32Array
  #size = 0

  constructor(places: PlaceKeeper, capacity = 8) {
    this.#places = places
    this.#times = new Float64Array(capacity)
    this.#sequences = new Float64Array(capacity)
    this.#members = new Uint32Array(capacity)
  }

  get size(): number {
    return this.#size
  }

  /** The first in order; 0 when there is none. */
  first(): number {
    return this.#size === 0 ? 0 : (this.#members[0] ?? 0)
  }

  add(member: number, time: number, sequence: number): void {
    this.#append(member, time, sequence)
    this.#up(this.#size - 1)
  }

  /** Adds one without its place: `arrange` is to be called before anything else. */
  addLoose(member: number, time: number, sequence: number): void {
    this.#append(member, time, sequence)
  }

  /** Puts everything in order, O(n). */
  arrange(): void {
    for (let place = 0; place < this.#size; place++) {
      this.#places.setPlace(this.#members[place] ?? 0, place)
    }
    for (let place = (this.#size - 2) >> 2; place >= 0; place--) this.#down(place)
  }

  remove(member: number): void {
    const place = this.#places.placeOf(member)
    const last = --this.#size
    if (place !== last) {
      this.#put(place, this.#members[last] ?? 0, this.#times[last] ?? 0, this.#sequences[last] ?? 0)
      this.#down(place)
      this.#up(place)
    }
    if (last > 64 && last < this.#members.length >> 2) this.#resize(this.#members.length >> 1)
  }

  #append(member: number, time: number, sequence: number): void {
    if (this.#size === this.#members.length) this.#resize(2 * this.#size)
    this.#put(this.#size++, member, time, sequence)
  }

  #resize(capacity: number): void {
    const kept = Math.min(this.#size, capacity)
    const times = new Float64Array(capacity)
    const sequences = new Float64Array(capacity)
    const members = new Uint32Array(capacity)
    times.set(this.#times.subarray(0, kept))
    sequences.set(this.#sequences.subarray(0, kept))
    members.set(this.#members.subarray(0, kept))
    this.#times = times
    this.#sequences = sequences
    this.#members = members
  }

  #put(place: number, member: number, time: number, sequence: number): void {
    this.#times[place] = time
    this.#sequences[place] = sequence
    this.#members[place] = member
    this.#places.setPlace(member, place)
  }

  #isBefore(time: number, sequence: number, place: number): boolean {
    const other = this.#times[place] ?? 0
    return time < other || (time === other && sequence < (this.#sequences[place] ?? 0))
  }

  #up(from: number): void {
    const member = this.#members[from] ?? 0
    const time = this.#times[from] ?? 0
    const sequence = this.#sequences[from] ?? 0
    let place = from
    while (place > 0) {
      const parent = (place - 1) >> 2
      if (!this.#isBefore(time, sequence, parent)) break
      this.#move(parent, place)
      place = parent
    }
    if (place !== from) this.#put(place, member, time, sequence)
  }

  #down(from: number): void {
    const member = this.#members[from] ?? 0
    const time = this.#times[from] ?? 0
    const sequence = this.#sequences[from] ?? 0
    let place = from
    for (;;) {
      const first = place * children + 1
      if (first >= this.#size) break
      const end = Math.min(first + children, this.#size)
      let least = first
      for (let child = first + 1; child < end; child++) {
        if (this.#isBefore(this.#times[child] ?? 0, this.#sequences[child] ?? 0, least)) {
          least = child
        }
      }
      if (this.#isBefore(time, sequence, least)) break
      this.#move(least, place)
      place = least
    }
    if (place !== from) this.#put(place, member, time, sequence)
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#members[from] ?? 0, this.#times[from] ?? 0, this.#sequences[from] ?? 0)
  }
}
