import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PunctualSleep } from '../../src/thread/punctual-sleep.ts'

/** Looking at the time takes some of it. */
const lookMs = 0.0005

/** A machine on which time passes only by sleeping and by looking at the clock. */
class Machine {
  time = 1000
  asleepMs = 0
  prepared = 0
  rings = 0
  readonly #delayMs: () => number
  readonly sleep: PunctualSleep

  /** Every sleep takes so much longer than it was asked to. */
  constructor(delayMs: () => number) {
    this.#delayMs = delayMs
    const bell = {
      count: () => this.rings,
      sleep: (_count: number, ms: number) => {
        const start = this.time
        this.time += ms + this.#delayMs()
        this.asleepMs += this.time - start
      },
    }
    const now = (): number => (this.time += lookMs)
    this.sleep = new PunctualSleep(bell, { now, wall: now })
  }

  /** Sleeps for a time so often, each so much later than the one before; gives how late each sleep ended. */
  sleepOften(times: number, everyMs: number): number[] {
    return Array.from({ length: times }, () => {
      const due = this.time + everyMs
      this.sleep.until(due, this.rings, () => this.prepared++)
      return this.time - due
    })
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}

test('A machine that wakes late is learned from, and what is due is met within microseconds, never before', () => {
  let turn = 0
  const machine = new Machine(() => 0.1 + 0.03 * ((turn = (turn * 7 + 3) % 11) / 11))
  const unlearned = machine.sleepOften(1, 2)
  machine.sleepOften(500, 2)
  const late = machine.sleepOften(1000, 2)
  assert.ok((unlearned[0] ?? 0) > 0.1)
  assert.ok(median(late) < 0.002, `${median(late)} ms late`)
  assert.ok(late.every((ms) => ms >= 0))
  assert.ok(machine.prepared > 700, 'what can be done before is done before')
})

test('A machine that wakes at once is not waited for awake', () => {
  const machine = new Machine(() => 0)
  const { time } = machine
  machine.sleepOften(200, 2)
  assert.ok(machine.time - time - machine.asleepMs < 200 * 10 * lookMs)
})

test('Being awake without need is bounded, however often something is due', () => {
  let turn = 0
  const machine = new Machine(() => (turn++ % 3 === 0 ? 0.2 : 0.01))
  machine.sleepOften(500, 2)
  const { time, asleepMs } = machine
  machine.sleepOften(10_000, 0.3)
  const awake = machine.time - time - (machine.asleepMs - asleepMs)
  assert.ok(awake < 0.1 * (machine.time - time), `${awake} of ${machine.time - time} ms`)
})

test('A ring ends the sleep before its time', () => {
  const machine = new Machine(() => 0.1)
  machine.sleepOften(500, 2)
  const due = machine.time + 5
  // Rung after the count was read: the bell does not let it sleep, nor is anything waited for awake.
  const isTime = machine.sleep.until(due, machine.rings++, () => assert.fail('no need'))
  assert.equal(isTime, machine.time >= due)
  assert.ok(machine.time < due + 0.2)
})

test('Infinity is a sleep without end, and nothing is learned from it', () => {
  const machine = new Machine(() => 0)
  machine.sleep.until(Infinity, 0, () => assert.fail('there is nothing to prepare'))
  assert.equal(machine.asleepMs, Infinity)
})

test('A time that is further away than one wait can be is not waited for awake', () => {
  const machine = new Machine(() => 0.1)
  machine.sleepOften(500, 2)
  const { asleepMs, time } = machine
  const isTime = machine.sleep.until(time + 2 ** 31 + 5000, machine.rings, () =>
    assert.fail('too early'),
  )
  assert.equal(isTime, false)
  assert.ok(machine.asleepMs - asleepMs > 2 ** 31 - 10)
  assert.ok(machine.time - time - (machine.asleepMs - asleepMs) < 0.01)
})
