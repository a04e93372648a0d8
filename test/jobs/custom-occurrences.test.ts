import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { CustomTrigger } from '../../src/index.ts'
import type { JobDefinition } from '../../src/jobs/job-record.ts'
import { definitionOf, PlayedHost } from '../support/played-host.ts'

/** A table with one job of a custom trigger, which was asked for its first time. */
function begin(more: Partial<JobDefinition> = {}): PlayedHost {
  const host = new PlayedHost()
  host.table.start(0)
  host.table.add(
    definitionOf('a', more),
    new CustomTrigger('known', { phase: 'full' }),
    undefined,
    false,
    0,
  )
  return host
}

/** Answers the last question. */
function answer(host: PlayedHost, nextMs: number | null, now: number): void {
  const { number } = host.questions.at(-1) ?? { number: 0 }
  host.table.schedule.answered(number, { nextMs }, now)
}

describe('Jobs of custom triggers', () => {
  test('A trigger that nobody knows is refused, and so is one without a name.', () => {
    const host = new PlayedHost()
    const unknown = new CustomTrigger('other')
    assert.throws(() => host.table.add(definitionOf('a'), unknown, undefined, false, 0), {
      code: 'TRIGGER_INVALID',
    })
    assert.throws(() => new CustomTrigger(''), { code: 'TRIGGER_INVALID' })
    assert.equal(host.table.size, 0)
  })

  test('It is asked one time ahead: what is due is run at once when the next time is known, and else as soon as it is.', () => {
    const host = begin()
    assert.deepEqual(host.questions, [
      {
        number: 1,
        jobId: 'a',
        name: 'known',
        options: { phase: 'full' },
        previousMs: null,
        nowMs: 0,
      },
    ])
    assert.equal(host.table.get('a')?.nextMs, null)
    answer(host, 100, 5)
    assert.equal(host.table.get('a')?.nextMs, 100)
    assert.equal(host.questions.at(-1)?.previousMs, 100)
    host.process(100)
    // It is run when it is known that nothing else is due.
    assert.deepEqual(host.submitted, [])
    answer(host, 200, 101)
    assert.deepEqual(host.work(), [100])
    assert.equal(host.table.get('a')?.nextMs, 200)
    assert.equal(host.questions.at(-1)?.previousMs, 200)
    answer(host, 300, 150)
    assert.equal(host.table.get('a')?.nextMs, 200)
    assert.equal(host.questions.length, 3)
    host.process(200)
    assert.deepEqual(host.work(), [200])
    assert.equal(host.table.get('a')?.nextMs, 300)
  })

  for (const [coalesce, expected] of [
    [true, [300]],
    [false, [100, 200, 300]],
  ] as const) {
    test(`Of several due times ${coalesce ? 'the last is' : 'each is'} run.`, () => {
      const host = begin({ coalesce })
      answer(host, 100, 0)
      host.process(350)
      answer(host, 200, 350)
      answer(host, 300, 350)
      answer(host, 400, 350)
      const ran: number[] = []
      for (let times = host.work(); times.length > 0; times = host.work()) {
        ran.push(...times)
        host.process(350)
      }
      assert.deepEqual(ran, expected)
      assert.equal(host.table.get('a')?.nextMs, 400)
    })
  }

  test('A job with thousands to catch up with catches up with a thousand, and goes on from now.', () => {
    const host = begin({ coalesce: false })
    answer(host, 1, 0)
    host.process(5000)
    for (let time = 2; time <= 1000; time++) answer(host, time, 5000)
    answer(host, 1001, 5000)
    const { previousMs, nowMs } = host.questions.at(-1) ?? {}
    assert.deepEqual([previousMs, nowMs], [null, 5000])
    answer(host, 5001, 5000)
    let runs = 0
    while (host.work().length > 0) {
      runs++
      host.process(5000)
    }
    assert.equal(runs, 1000)
    assert.equal(host.table.get('a')?.nextMs, 5001)
  })

  test('A trigger that is slower than its own times does not hold them back for longer than a second.', () => {
    const host = begin({ coalesce: false, maxInstances: 9 })
    answer(host, 100, 0)
    host.process(100)
    answer(host, 200, 600)
    assert.deepEqual(host.work(), [])
    answer(host, 300, 1100)
    assert.deepEqual(host.work(), [100])
    host.process(1100)
    assert.deepEqual(host.work(), [200])
    answer(host, 400, 1600)
    answer(host, 5000, 1700)
    assert.deepEqual(host.work(), [300])
    host.process(1700)
    assert.deepEqual(host.work(), [400])
    assert.equal(host.table.get('a')?.nextMs, 5000)
  })

  test('Null is the end: the job is removed when its last run is done.', () => {
    const host = begin()
    answer(host, 100, 0)
    host.process(100)
    answer(host, null, 100)
    assert.equal(host.table.size, 1)
    host.tellings()
    assert.deepEqual(host.work(), [100])
    assert.deepEqual(host.tellings(), ['jobExecuted', 'jobRemoved'])
    const never = begin()
    answer(never, null, 0)
    assert.equal(never.table.size, 0)
  })

  test('One that fails, gives no time or does not advance disables its job, which can be resumed.', () => {
    for (const wrong of [
      { error: 'It threw.' },
      { nextMs: Number.NaN },
      { nextMs: 1e20 },
      { nextMs: 100 },
    ]) {
      const host = begin()
      answer(host, 100, 0)
      host.process(100)
      host.tellings()
      host.table.schedule.answered(2, wrong, 100)
      // What was due is run all the same.
      assert.deepEqual(host.work(), [100])
      assert.deepEqual(host.tellings(), ['jobSubmitted', 'jobDisabled', 'jobExecuted'])
      assert.equal(host.table.get('a')?.paused, true)
      host.table.resume('a', 150)
      answer(host, 300, 150)
      assert.equal(host.table.get('a')?.nextMs, 300)
    }
  })

  test('An answer that comes too late is ignored: the job was paused, removed or given another trigger.', () => {
    const host = begin()
    host.table.pause('a')
    answer(host, 100, 0)
    assert.equal(host.table.get('a')?.nextMs, null)
    host.table.resume('a', 10)
    host.table.reschedule('a', new CustomTrigger('known'), 20)
    assert.deepEqual(
      host.questions.map(({ number }) => number),
      [1, 2, 3],
    )
    host.table.schedule.answered(2, { nextMs: 100 }, 20)
    assert.equal(host.table.get('a')?.nextMs, null)
    answer(host, 200, 20)
    assert.equal(host.table.get('a')?.nextMs, 200)
    host.table.remove('a')
    host.table.schedule.answered(3, { nextMs: 300 }, 20)
    assert.equal(host.table.size, 0)
    assert.equal(host.table.schedule.nextTime(), Infinity)
  })

  test('Another trigger is asked when its job has none planned, and what was held back is run.', () => {
    const host = begin()
    host.table.modify(
      'a',
      { definition: {}, trigger: new CustomTrigger('known', { phase: 'new' }) },
      0,
    )
    assert.deepEqual(host.questions.at(-1)?.options, { phase: 'new' })
    host.table.schedule.answered(1, { nextMs: 50 }, 0)
    assert.equal(host.table.get('a')?.nextMs, null)
    answer(host, 100, 0)
    host.process(100)
    host.table.modify('a', { definition: {}, trigger: new CustomTrigger('known') }, 100)
    assert.deepEqual(host.work(), [100])
    answer(host, 200, 100)
    assert.equal(host.table.get('a')?.nextMs, 200)
    host.table.modify(
      'a',
      { definition: {}, trigger: new CustomTrigger('known', { phase: 'half' }) },
      100,
    )
    assert.deepEqual(host.questions.at(-1)?.options, { phase: 'half' })
    assert.equal(host.questions.at(-1)?.previousMs, 200)
  })

  test('maxRuns ends it, too.', () => {
    const host = begin({ maxRuns: 1 })
    answer(host, 100, 0)
    host.process(100)
    answer(host, 200, 100)
    host.work()
    assert.equal(host.table.size, 0)
  })
})
