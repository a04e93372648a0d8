import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { SchedulerThread } from '../../src/index.ts'
import { FakeClock, InlineScheduler } from '../../src/testing.ts'
import { noteJobs } from '../support/job-events.ts'
import { RecordingLogger } from '../support/recording-logger.ts'
import { workOff } from '../support/work-off.ts'

const day = 86_400
const tenYears = 3653 * day

for (const [name, Scheduler] of [
  ['A SchedulerThread', SchedulerThread],
  ['An InlineScheduler', InlineScheduler],
] as const) {
  const begin = async (): Promise<{
    readonly scheduler: SchedulerThread | InlineScheduler
    readonly clock: FakeClock
    readonly noted: string[]
  }> => {
    const clock = new FakeClock()
    const scheduler = new Scheduler({ clock, queues: ['q'], logger: new RecordingLogger() })
    await scheduler.start()
    const names = ['jobSubmitted', 'jobMissed', 'jobMaxInstances', 'clockJump'] as const
    return { scheduler, clock, noted: noteJobs(scheduler, names) }
  }

  for (const seconds of [day, tenYears]) {
    const what = seconds === day ? 'a day' : 'ten years'
    const [end] = new Date(Date.UTC(2026, 0, 1) + seconds * 1000).toISOString().split('T')

    describe(`A clock that is moved by ${what}, under the jobs of ${name}`, () => {
      test('Forward: what was due every second is run once, and goes on from there.', async () => {
        const { scheduler, clock, noted } = await begin()
        await scheduler.addIntervalJob('q', { seconds: 1 }, { id: 'a' })
        await clock.advance('1500ms')
        assert.deepEqual(await workOff(scheduler), ['a@2026-01-01T00:00:01.000Z'])
        await clock.jump(seconds)
        assert.deepEqual(await workOff(scheduler), [`a@${end}T00:00:01.000Z`])
        await clock.advance(1)
        assert.deepEqual(await workOff(scheduler), [`a@${end}T00:00:02.000Z`])
        assert.deepEqual(noted, [
          'jobSubmitted a 00:00:01',
          'clockJump',
          'jobSubmitted a 00:00:01',
          'jobSubmitted a 00:00:02',
        ])
        await scheduler.stop()
      })

      test('Forward: a job that runs each of its due times has one of them in hand at a time.', async () => {
        const { scheduler, clock } = await begin()
        await scheduler.addIntervalJob('q', { seconds: 1 }, { id: 'a', coalesce: false })
        await clock.jump(seconds)
        for (let second = 1; second <= 5; second++) {
          assert.deepEqual((await scheduler.getQueued('q')).length, 1)
          const context = await scheduler.getTask('q')
          assert.equal(context.id, `a@2026-01-01T00:00:0${second}.000Z`)
          await scheduler.taskDone(context)
        }
        // What becomes due while it catches up is skipped.
        await clock.advance(3)
        const { totals } = await scheduler.stats()
        assert.equal(totals.added, 6)
        await scheduler.stop()
      })

      test('Forward: runs beyond their grace are reported, a thousand one by one and the rest as one.', async () => {
        const { scheduler, clock, noted } = await begin()
        const through: Date[] = []
        scheduler.on('jobMissed', (missed) => through.push(missed.through))
        const settings = { id: 'a', coalesce: false, misfireGraceTime: 10 }
        await scheduler.addIntervalJob('q', { seconds: 1 }, settings)
        await clock.jump(seconds)
        const missed = noted.filter((line) => line.startsWith('jobMissed'))
        assert.equal(missed.length, 1001)
        const last = Date.UTC(2026, 0, 1) + (seconds - 11) * 1000
        assert.deepEqual(through.at(-1), new Date(last))
        const context = await scheduler.getTask('q')
        assert.deepEqual(context.dueAt, new Date(last + 1000))
        await scheduler.taskDone(context)
        await scheduler.stop()
      })

      test('Back: nothing is run again, and the next run comes at its planned time.', async () => {
        const { scheduler, clock, noted } = await begin()
        await scheduler.addIntervalJob('q', { seconds: 1 }, { id: 'a' })
        await clock.advance(2)
        await workOff(scheduler)
        await clock.jump(-seconds)
        await clock.advance(seconds / 2)
        assert.deepEqual(await workOff(scheduler), [])
        await clock.advance(seconds / 2)
        await clock.advance(1)
        assert.deepEqual(await workOff(scheduler), ['a@2026-01-01T00:00:03.000Z'])
        assert.deepEqual(noted, ['jobSubmitted a 00:00:02', 'clockJump', 'jobSubmitted a 00:00:03'])
        await scheduler.stop()
      })

      test('Back and forth: nothing is run twice.', async () => {
        const { scheduler, clock } = await begin()
        const ids: string[] = []
        await scheduler.addIntervalJob('q', { seconds: 1 }, { id: 'a' })
        for (let n = 0; n < 4; n++) {
          await clock.jump(n % 2 === 0 ? -seconds : seconds)
          await clock.advance(1)
          ids.push(...(await workOff(scheduler)))
        }
        // What is due a second after the clock was set right again finds the one before still queued.
        assert.deepEqual(ids, ['a@2026-01-01T00:00:01.000Z', 'a@2026-01-01T00:00:03.000Z'])
        await scheduler.stop()
      })
    })
  }
}
