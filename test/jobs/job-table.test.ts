import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { IntervalTrigger } from '../../src/index.ts'
import { definitionOf, PlayedHost } from '../support/played-host.ts'

/** The clock is what it was made with, and counts from here. */
const origin = Date.UTC(2026, 0, 1)

/** What is done to the table, one step after the other. */
type Step =
  | { readonly kind: 'advance'; readonly ms: number }
  | { readonly kind: 'finish' | 'cancel'; readonly pick: number }
  | { readonly kind: 'add' | 'pause' | 'resume' | 'remove' | 'run'; readonly job: number }

const job = fc.integer({ min: 0, max: 4 })
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('advance' as const), ms: fc.nat(90_000) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('advance' as const),
      ms: fc.integer({ min: -1e9, max: 1e9 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('finish' as const, 'cancel' as const),
      pick: fc.nat(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'add' as const,
        'pause' as const,
        'resume' as const,
        'remove' as const,
        'run' as const,
      ),
      job,
    }),
  },
)

/** A job by its number: they differ in everything. */
const kinds = [
  { seconds: 10, coalesce: true, maxInstances: 1, misfireGraceMs: null, maxRuns: null },
  { seconds: 7, coalesce: false, maxInstances: 1, misfireGraceMs: null, maxRuns: null },
  { seconds: 30, coalesce: false, maxInstances: 2, misfireGraceMs: 20_000, maxRuns: null },
  { seconds: 1, coalesce: true, maxInstances: 3, misfireGraceMs: 1000, maxRuns: 9 },
  { seconds: 60, coalesce: false, maxInstances: 1, misfireGraceMs: 5000, maxRuns: 5 },
] as const

/** Does the steps, and looks after each whether what is promised holds. */
class Walk {
  readonly host = new PlayedHost()
  /** How often a job was added. */
  #added = 0
  #now = origin

  constructor() {
    this.host.table.start(origin)
  }

  do(one: Step): void {
    const { table, submitted } = this.host
    const known = 'job' in one && table.get(this.#id(one.job)) !== null
    switch (one.kind) {
      case 'advance':
        this.#now += one.ms
        this.host.process(this.#now)
        assert.ok(table.schedule.nextTime() > this.#now)
        break
      case 'add':
        this.#add(one.job)
        break
      case 'pause':
        if (known) table.pause(this.#id(one.job))
        break
      case 'resume':
        if (known) table.resume(this.#id(one.job), this.#now)
        break
      case 'remove':
        if (known) table.remove(this.#id(one.job))
        break
      case 'run':
        if (known) this.#run(one.job)
        break
      default: {
        const [taken] = submitted.splice(one.pick % Math.max(1, submitted.length), 1)
        if (taken && one.kind === 'finish') table.schedule.finished(taken.id, null)
        if (taken && one.kind === 'cancel') table.schedule.cancelled(taken.id)
      }
    }
    this.#check()
  }

  end(): void {
    this.host.table.removeAll()
    this.host.work()
    this.host.process(this.#now)
    assert.deepEqual(this.host.table.sizes, { jobs: 0, subjects: 0, runs: 0 })
    assert.equal(this.host.table.schedule.nextTime(), Infinity)
  }

  #id(kind: number): string {
    return `${kind}`
  }

  #add(kind: number): void {
    const { seconds, ...rest } = kinds[kind] ?? kinds[0]
    const id = this.#id(kind)
    if (this.host.table.get(id)) return
    const subjectKey = `string:${kind % 2}`
    const trigger = new IntervalTrigger({ seconds, jitter: ++this.#added % 2 })
    this.host.table.add(
      definitionOf(id, { ...rest, subjectKey }),
      trigger,
      undefined,
      false,
      this.#now,
    )
  }

  #run(kind: number): void {
    const id = this.#id(kind)
    const { instances = 0, maxInstances = 0 } = this.host.table.get(id) ?? {}
    assert.equal(this.host.table.run(id, this.#now), instances < maxInstances)
  }

  #check(): void {
    const { table, submitted } = this.host
    const ids = submitted.map(({ id }) => id)
    assert.equal(new Set(ids).size, ids.length)
    for (const {
      id,
      maxInstances,
      misfireGraceMs,
      instances,
      runs,
      maxRuns,
      nextMs,
      paused,
    } of table.list()) {
      const own = submitted.filter((context) => context.id.startsWith(`${id}@`))
      const inHand = own.length
      assert.ok(instances >= 0 && instances <= maxInstances, `${id}: ${instances} instances`)
      assert.ok(runs <= (maxRuns ?? Infinity) + maxInstances, `${id}: ${runs} runs`)
      assert.ok(paused || nextMs !== null || instances > 0, `${id} is over and still there`)
      if (misfireGraceMs !== null && inHand > 0) {
        table.schedule.expire(this.#now)
        for (const { dueMs } of submitted.filter((context) => own.includes(context))) {
          assert.ok(this.#now - dueMs <= misfireGraceMs, `${id} waits and is too late`)
        }
      }
    }
  }
}

describe('The table of jobs', () => {
  test('Whatever is done to it, nothing is too often, too late or left behind.', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), (steps) => {
        const walk = new Walk()
        for (const one of steps) walk.do(one)
        walk.end()
      }),
      { numRuns: 1500 },
    )
  })

  test('A job without coalescing runs every time once, in order, however the clock is moved.', () => {
    const moves = fc.array(fc.integer({ min: -200_000, max: 400_000 }), {
      minLength: 1,
      maxLength: 30,
    })
    fc.assert(
      fc.property(moves, fc.integer({ min: 1, max: 30 }), (jumps, seconds) => {
        const host = new PlayedHost()
        host.table.start(origin)
        const definition = definitionOf('a', { coalesce: false })
        host.table.add(definition, new IntervalTrigger({ seconds }), undefined, false, origin)
        let now = origin
        let furthest = origin
        const ran: number[] = []
        for (const jump of jumps) {
          now += jump
          furthest = Math.max(furthest, now)
          host.process(now)
          for (let times = host.work(); times.length > 0; times = host.work()) {
            ran.push(...times)
            host.process(now)
          }
        }
        const expected: number[] = []
        for (let time = origin + seconds * 1000; time <= furthest; time += seconds * 1000) {
          expected.push(time)
        }
        assert.deepEqual(ran, expected)
      }),
      { numRuns: 300 },
    )
  })

  test('Jobs that are due at one time are begun in order of their ids, in as many steps as may be.', () => {
    const host = new PlayedHost()
    host.table.start(origin)
    for (const id of ['c', 'a', 'b']) {
      host.table.add(
        definitionOf(id),
        new IntervalTrigger({ seconds: 1 }),
        undefined,
        false,
        origin,
      )
    }
    let steps = 2
    host.table.schedule.process(origin + 1000, () => --steps > 0)
    const begun = (): string[] => host.submitted.map(({ id }) => id.slice(0, 1))
    assert.deepEqual(begun(), ['a', 'b'])
    assert.equal(host.table.schedule.nextTime(), origin + 1000)
    host.process(origin + 1000)
    assert.deepEqual(begun(), ['a', 'b', 'c'])
  })

  test('An error leaves everything as it was.', () => {
    const host = new PlayedHost()
    host.table.start(origin)
    const every = new IntervalTrigger({ seconds: 1 })
    host.table.add(definitionOf('a'), every, undefined, false, origin)
    const before = host.table.get('a')
    const never = new IntervalTrigger({
      seconds: 1,
      startDate: '2000-01-01',
      endDate: '2000-01-02',
    })
    assert.throws(() => host.table.add(definitionOf('a'), every, undefined, false, origin), {
      code: 'JOB_EXISTS',
    })
    assert.throws(() => host.table.add(definitionOf('a'), never, undefined, true, origin), {
      code: 'TRIGGER_NEVER_FIRES',
    })
    assert.throws(() => host.table.reschedule('a', never, origin), { code: 'TRIGGER_NEVER_FIRES' })
    assert.throws(() => host.table.pause('b'), { code: 'JOB_NOT_FOUND' })
    assert.deepEqual(host.table.get('a'), before)
    assert.deepEqual(host.tellings(), ['jobAdded'])
  })

  test('A run by hand beside one of the same time has an id of its own.', () => {
    const host = new PlayedHost()
    host.table.start(origin)
    const definition = definitionOf('a', { maxInstances: 3 })
    host.table.add(definition, new IntervalTrigger({ seconds: 1 }), undefined, false, origin)
    host.process(origin + 1000)
    assert.equal(host.table.run('a', origin + 1000), true)
    assert.equal(host.table.run('a', origin + 1000), true)
    assert.equal(host.table.run('a', origin + 1000), false)
    assert.deepEqual(
      host.submitted.map(({ id }) => id),
      [
        'a@2026-01-01T00:00:01.000Z',
        'a@2026-01-01T00:00:01.000Z#2',
        'a@2026-01-01T00:00:01.000Z#3',
      ],
    )
    host.work()
    assert.equal(host.table.get('a')?.instances, 0)
  })
})
