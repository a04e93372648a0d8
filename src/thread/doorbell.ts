const ringIndex = 0
const sleepingIndex = 1
const lostIndex = 2

/**
 * One word of shared memory that a thread sleeps on, and that others ring after they posted it something.
 *
 *     sender:   port.postMessage(m)      sleeper:   count = bell.count()
 *               bell.ring()                         drain the ports
 *                                                   bell.sleep(count, ms)
 *
 * The order of those lines is what loses no message: who posts before ringing is either seen by the draining, or has
 * changed the count by the time the sleep begins, and then it does not begin.
 */
export class Doorbell {
  readonly buffer: SharedArrayBuffer
  readonly #words: Int32Array

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(3 * Int32Array.BYTES_PER_ELEMENT)) {
    this.buffer = buffer
    this.#words = new Int32Array(buffer)
  }

  /** How often it was rung, to be read before looking for work. */
  count(): number {
    return Atomics.load(this.#words, ringIndex)
  }

  ring(): void {
    Atomics.add(this.#words, ringIndex, 1)
    if (Atomics.load(this.#words, sleepingIndex) === 1) Atomics.notify(this.#words, ringIndex)
  }

  /** Blocks this thread until it was rung since `count`, or until the milliseconds are over. */
  sleep(count: number, ms: number): void {
    Atomics.store(this.#words, sleepingIndex, 1)
    Atomics.wait(this.#words, ringIndex, count, ms)
    Atomics.store(this.#words, sleepingIndex, 0)
  }

  /** Tells whoever sleeps on it that nobody will ring any more. */
  setLost(): void {
    Atomics.store(this.#words, lostIndex, 1)
    Atomics.add(this.#words, ringIndex, 1)
    Atomics.notify(this.#words, ringIndex)
  }

  get lost(): boolean {
    return Atomics.load(this.#words, lostIndex) === 1
  }
}
