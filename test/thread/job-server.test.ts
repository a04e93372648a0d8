import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { SchedulerClient } from '../../src/thread/client.ts'
import { checkJobDefaults } from '../../src/thread/job-defaults.ts'
import { OpenQuestions } from '../../src/thread/open-questions.ts'
import { SchedulerServer } from '../../src/thread/server.ts'
import { systemClock } from '../../src/thread/system-clock.ts'
import { PlayedLink } from '../support/played-link.ts'

const hourMs = 3_600_000

/**
 * A server on a clock that moves when it is told to, and by a millisecond whenever it is asked how long jobs were worked
 * on: so it begins one of them and has to rest.
 */
class SlowHouse {
  #nowMs = 0
  readonly #server = new SchedulerServer(
    { now: () => this.#nowMs, wall: () => this.#nowMs },
    { q: 0 },
    checkJobDefaults(),
    new OpenQuestions([], () => undefined),
  )
  readonly client: SchedulerClient

  constructor(t: TestContext) {
    t.mock.method(systemClock, 'now', () => ++this.#nowMs)
    const link = new PlayedLink((requests) => {
      this.#server.receive(connection, requests)
      this.#server.flush()
    })
    const connection = this.#server.connect((messages) => link.answer(...messages))
    this.client = new SchedulerClient(link, {
      clock: { now: () => this.#nowMs, wall: () => this.#nowMs },
      timezone: 'UTC',
    })
    this.#server.receive(connection, [{ id: 0, call: 'start', args: [] }])
  }

  /** Adds jobs that are due in an hour, and lets so much more go by. */
  async jobsLateBy(count: number, lateMs: number): Promise<void> {
    const due = this.#nowMs + hourMs
    for (let n = 0; n < count; n++) {
      await this.client.addJob({ taskName: 'q', trigger: { date: new Date(due) } })
    }
    this.#nowMs = due + lateMs
  }

  /** Has a part of what is due begun, unless jobs are left alone, and lets a millisecond go by. */
  tick(): void {
    this.#server.tick()
  }

  /** Has a part of what is due begun, and waits as long as jobs are left alone; gives how long that is. */
  pass(): number {
    this.#server.tick()
    const restMs = this.#server.nextWake() - this.#nowMs
    this.#nowMs += restMs
    return Math.round(restMs * 1e6) / 1e6
  }

  /** How many runs are on their queue. */
  async begun(): Promise<number> {
    return (await this.client.getQueued('q')).length
  }
}

test('Jobs that are due together rest in between, each time twice as long, up to a limit.', async (t) => {
  const house = new SlowHouse(t)
  await house.jobsLateBy(10, 9000)
  const rests = Array.from({ length: 9 }, () => house.pass())
  assert.deepEqual(rests, [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 8, 8])
  assert.equal(await house.begun(), 9)
  // The last one: there is nothing to rest from.
  assert.equal(house.pass(), Infinity)
  assert.equal(await house.begun(), 10)
})

test('What is more than ten seconds late is hurried: its rests are no longer than what is done in between.', async (t) => {
  const house = new SlowHouse(t)
  await house.jobsLateBy(10, 10_000)
  const rests = Array.from({ length: 9 }, () => house.pass())
  assert.deepEqual(rests, [0.1, 0.2, 0.4, 0.8, 1, 1, 1, 1, 1])
  assert.equal(await house.begun(), 9)
})

test('Nothing is begun while jobs are left alone, and rests are short again after all was begun.', async (t) => {
  const house = new SlowHouse(t)
  await house.jobsLateBy(9, 0)
  for (let passes = 7; passes > 0; passes--) house.pass()
  house.tick()
  for (let restingMs = 7; restingMs > 0; restingMs--) house.tick()
  assert.equal(await house.begun(), 8)
  house.tick()
  assert.equal(await house.begun(), 9)
  await house.jobsLateBy(3, 0)
  assert.deepEqual([house.pass(), house.pass(), house.pass()], [0.1, 0.2, Infinity])
  assert.equal(await house.begun(), 12)
})
