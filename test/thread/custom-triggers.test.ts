import assert from 'node:assert/strict'
import { describe, test, type TestContext } from 'node:test'
import { SchedulerThread, TriggerError, type SchedulerEvent } from '../../src/index.ts'
import { FakeClock, InlineScheduler } from '../../src/testing.ts'
import { fixture } from '../support/own-thread.ts'
import { RecordingLogger } from '../support/recording-logger.ts'

const timeout = 300_000
const triggers = {
  steps: fixture('trigger-steps'),
  misbehaves: fixture('trigger-misbehaves'),
  breaks: fixture('throws-at-load'),
  empty: fixture('exports-nothing'),
  missing: fixture('is-no-file'),
}

for (const [name, Scheduler] of [
  ['A SchedulerThread', SchedulerThread],
  ['An InlineScheduler', InlineScheduler],
] as const) {
  const started = async (
    t: TestContext,
  ): Promise<{
    scheduler: SchedulerThread | InlineScheduler
    clock: FakeClock
    heard: string[]
  }> => {
    const clock = new FakeClock()
    const logger = new RecordingLogger()
    const scheduler = await new Scheduler({ clock, logger, triggers, queues: ['q'] }).start()
    t.after(() => scheduler.stop({ wait: false }))
    const heard: string[] = []
    const begin = clock.wall()
    const told = (event: SchedulerEvent<'jobSubmitted' | 'jobDisabled' | 'jobRemoved'>): void => {
      if (event.type === 'jobSubmitted') {
        const seconds = (event.plannedTime.getTime() - begin) / 1000
        heard.push(`${event.jobId} at ${seconds}`)
      } else if (event.type === 'jobDisabled') {
        heard.push(`${event.jobId} disabled: ${event.message}`)
      } else {
        heard.push(`${event.jobId} removed`)
      }
    }
    scheduler.addListener(told, ['jobSubmitted', 'jobDisabled', 'jobRemoved'])
    await scheduler.consume('q', () => undefined)
    return { scheduler, clock, heard }
  }

  describe(`${name} with custom triggers`, { timeout }, () => {
    test('A job runs at the times that its module gives, one after the other, until there is none.', async (t) => {
      const { scheduler, clock, heard } = await started(t)
      const until = new Date(clock.wall() + 7000).toISOString()
      await scheduler.addJob({
        id: 'two',
        taskName: 'q',
        trigger: { custom: 'steps', seconds: 2, until },
      })
      await clock.advance(0)
      const job = await scheduler.getJob('two')
      assert.equal(job?.nextRunTime?.getTime(), clock.wall() + 2000)
      assert.equal(String(job?.trigger), 'custom[steps]')
      for (let second = 1; second <= 6; second++) {
        await clock.advance(1)
        await scheduler.join('q')
      }
      await clock.advance(0)
      assert.deepEqual(heard, ['two at 2', 'two at 4', 'two at 6', 'two removed'])
    })

    test('Several jobs share a module, and each is told its own options.', async (t) => {
      const { scheduler, clock, heard } = await started(t)
      for (const seconds of [3, 2]) {
        const trigger = { custom: 'steps', seconds }
        await scheduler.addJob({ id: `every ${seconds}`, taskName: 'q', trigger })
      }
      for (let second = 1; second <= 3; second++) {
        await clock.advance(1)
        await scheduler.join('q')
      }
      assert.deepEqual(heard, ['every 2 at 2', 'every 3 at 3'])
    })

    for (const [how, message] of [
      ['throws', /no tide today/],
      ['rejects', /no moon/],
      ['rejects with nothing', /undefined/],
      ['text', /Expected a Date or null, got '2026-01-01'/],
      ['number', /Expected a Date or null, got 1000000000000 \(number\)/],
      ['an invalid date', /Expected a Date or null/],
      ['nothing', /Expected a Date or null, got undefined/],
      ['exit', /Its thread ended/],
      ['an endless loop', /did not answer within 1 second/],
      ['no answer', /did not answer within 1 second/],
      ['the same again', /does not advance/],
      ['a time before', /does not advance/],
    ] as const) {
      test(`A trigger whose answer is ${how} disables its job, and another of the same module goes on.`, async (t) => {
        const { scheduler, clock, heard } = await started(t)
        const good = { custom: 'misbehaves', how: 'an instant' }
        await scheduler.addJob({
          id: 'bad',
          taskName: 'q',
          trigger: { custom: 'misbehaves', how, after: true },
        })
        await clock.advance(0)
        await clock.advance(1)
        await scheduler.addJob({ id: 'good', taskName: 'q', trigger: good })
        await clock.advance(0)
        await clock.advance(1)
        assert.equal(heard.length, 3, heard.join('\n'))
        // What was due is not lost for it.
        assert.deepEqual([heard[0], heard[2]], ['bad at 1', 'good at 2'])
        assert.match(heard[1] ?? '', /^bad disabled: /)
        assert.match(heard[1] ?? '', message)
        const job = await scheduler.getJob('bad')
        assert.equal(job?.nextRunTime, null)
      })
    }

    test('A disabled job can be resumed, and its trigger is asked anew.', async (t) => {
      const { scheduler, clock, heard } = await started(t)
      const trigger = { custom: 'misbehaves', how: 'exit', after: false }
      await scheduler.addJob({ id: 'a', taskName: 'q', trigger })
      await clock.advance(0)
      assert.match(heard[0] ?? '', /^a disabled: Its thread ended/)
      await scheduler.modifyJob('a', { trigger: { custom: 'steps', seconds: 5 } })
      await scheduler.resumeJob('a')
      await clock.advance(0)
      await clock.advance(5)
      assert.deepEqual(heard.slice(1), ['a at 5'])
    })

    test('A module that does not load, or exports no trigger, disables its jobs and says why.', async (t) => {
      const { scheduler, clock, heard } = await started(t)
      for (const custom of ['breaks', 'empty', 'missing']) {
        await scheduler.addJob({ id: custom, taskName: 'q', trigger: { custom } })
      }
      await clock.advance(0)
      const sorted = heard.toSorted()
      assert.equal(sorted.length, 3)
      assert.match(sorted[0] ?? '', /^breaks disabled: Its module does not load: /)
      assert.match(sorted[1] ?? '', /^empty disabled: .* to export a function nextFireTime/)
      assert.match(sorted[2] ?? '', /^missing disabled: Its module does not load: /)
    })

    test('An answer that takes its time, and a thread that dies between two questions, are no failures.', async (t) => {
      const { scheduler, clock, heard } = await started(t)
      for (const how of ['a late answer', 'dies later']) {
        await scheduler.addJob({ id: how, taskName: 'q', trigger: { custom: 'misbehaves', how } })
        await clock.advance(0)
      }
      await clock.advance(1)
      assert.deepEqual(heard.slice(0, 2), ['a late answer at 1', 'dies later at 1'])
      assert.doesNotMatch(heard.join(), /disabled/)
    })

    test('A name that is unknown is refused when the job is added, with those that are known.', async (t) => {
      const { scheduler } = await started(t)
      const add = (custom: unknown): Promise<unknown> =>
        scheduler.addJob({ taskName: 'q', trigger: { custom } as never })
      const refused = (pattern: RegExp) => (error: unknown) =>
        error instanceof TriggerError &&
        error.details['field'] === 'custom' &&
        pattern.test(error.message)
      await assert.rejects(add('tides'), refused(/got 'tides'\. Known are steps, misbehaves,/))
      await assert.rejects(add('step'), refused(/Did you mean 'steps'\?/))
      await assert.rejects(add(''), refused(/Expected custom to be the name/))
      await assert.rejects(add(7), refused(/Expected custom to be the name/))
      await using other = new Scheduler({ queues: ['q'] })
      const trigger = { custom: 'tides' }
      await assert.rejects(
        other.addJob({ taskName: 'q', trigger }),
        refused(/give its module to the scheduler with \{ triggers: \{ tides: url \} \}/),
      )
      assert.deepEqual(await scheduler.getJobs(), [])
    })
  })
}

describe('A custom trigger that never answers', { timeout }, () => {
  test('Meanwhile the clock, other jobs, other triggers and the supervisor go on.', async (t) => {
    await using scheduler = await new SchedulerThread({
      triggers,
      queues: ['q', 'empty'],
      logger: new RecordingLogger(),
    }).start()
    const events = scheduler.events({ events: ['jobDisabled', 'jobSubmitted'] })
    const ways = ['an endless loop', 'no answer', 'an endless loop']
    for (const [n, how] of ways.entries()) {
      const trigger = { custom: 'misbehaves', how }
      await scheduler.addJob({ id: `bad ${n}`, taskName: 'q', trigger })
    }
    await scheduler.addJob({
      id: 'steps',
      taskName: 'q',
      trigger: { custom: 'steps', seconds: 0.02 },
    })
    await scheduler.addJob({
      id: 'interval',
      taskName: 'q',
      trigger: { interval: { seconds: 1 } },
      nextRunTime: new Date(Date.now() + 20),
    })
    // Only a supervisor that is not blocked starts threads.
    const group = await scheduler.startWorkers(fixture('empty-handler'), { threads: 1 })
    t.after(() => group.stop())
    const disabled: string[] = []
    const ran = new Set<string>()
    for await (const event of events) {
      if (event.type === 'jobSubmitted') ran.add(event.jobId)
      else if (event.type === 'jobDisabled') disabled.push(event.jobId)
      if (disabled.length === 3) break
    }
    assert.deepEqual(disabled, ['bad 0', 'bad 1', 'bad 2'])
    assert.deepEqual([...ran].toSorted(), ['interval', 'steps'])
  })

  test('Stopping does not wait for it.', async () => {
    const scheduler = await new SchedulerThread({ triggers, queues: ['q'] }).start()
    const trigger = { custom: 'misbehaves', how: 'an endless loop' }
    await scheduler.addJob({ taskName: 'q', trigger })
    assert.equal((await scheduler.stop()).scheduled, 0)
  })
})
