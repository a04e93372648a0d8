import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import fc from 'fast-check'
import {
  configure,
  CronTrigger,
  OptionsError,
  SchedulerError,
  SchedulerThread,
} from '../../src/index.ts'
import { InlineScheduler } from '../../src/testing.ts'
import { startOwnThread } from '../support/own-thread.ts'
import { nearestName } from '../../src/core/nearest-name.ts'

function refuses(code: string, message: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof SchedulerError, String(error))
    assert.equal(error.code, code)
    assert.match(error.message, message)
    return true
  }
}

describe('configure', () => {
  test('A flat object of texts becomes the options of a scheduler; keys of other programs are ignored.', () => {
    const options = configure({
      'scheduler.name': 'ocsp',
      'scheduler.unref': 'Yes',
      'scheduler.store': 'memory:',
      'scheduler.timezone': 'europe/berlin',
      'scheduler.queues': 'ocsp, proxy-add\n renew',
      'scheduler.queues.ocsp.maxSize': '100',
      'scheduler.queues.with.dots.maxSize': '0',
      'scheduler.jobDefaults.misfireGraceTime': '90',
      'scheduler.jobDefaults.coalesce': 'off',
      'scheduler.jobDefaults.maxInstances': '3',
      'scheduler.resourceLimits.maxOldGenerationSizeMb': '512',
      'scheduler.triggers.tides': 'modules/tides.js',
      'scheduler.triggers.moon': 'file:///modules/moon.js',
      'apscheduler.misfire_grace_time': 'nobody asks',
      schedulerunref: 7,
      'other.unref': null,
    })
    assert.deepEqual(options, {
      name: 'ocsp',
      unref: true,
      store: 'memory:',
      timezone: 'Europe/Berlin',
      queues: { ocsp: { maxSize: 100 }, 'proxy-add': {}, renew: {}, 'with.dots': { maxSize: 0 } },
      jobDefaults: { misfireGraceTime: 90, coalesce: false, maxInstances: 3 },
      resourceLimits: { maxOldGenerationSizeMb: 512 },
      triggers: { tides: 'modules/tides.js', moon: 'file:///modules/moon.js' },
    })
    assert.deepEqual(configure({}), {})
  })

  test('What it gives makes a scheduler, and what stands beside it wins.', async () => {
    const settings = { 'scheduler.queues': 'a b', 'scheduler.queues.b.max_size': '1' }
    for (const Scheduler of [SchedulerThread, InlineScheduler]) {
      await using scheduler = new Scheduler(configure(settings))
      const { queues } = await scheduler.stats()
      assert.deepEqual(
        Object.entries(queues).map(([name, { maxSize }]) => [name, maxSize]),
        [
          ['a', 0],
          ['b', 1],
        ],
      )
    }
    await using scheduler = new InlineScheduler({ ...configure(settings), queues: ['c'] })
    assert.deepEqual(Object.keys((await scheduler.stats()).queues), ['c'])
  })

  test('Names may be in snake case, and the prefix may be another, or none.', () => {
    const expected = {
      jobDefaults: { misfireGraceTime: '2h', coalesce: true, maxInstances: 1 },
      queues: { snake_case: { maxSize: 5 } },
      resourceLimits: { stackSizeMb: 1.5 },
    }
    const settings = {
      'job_defaults.misfire_grace_time': ' 2h ',
      'job_defaults.coalesce': 'on',
      'job_defaults.max_instances': '1',
      'queues.snake_case.max_size': '5',
      'resource_limits.stack_size_mb': '1.5',
    }
    for (const prefix of ['', null]) assert.deepEqual(configure(settings, prefix), expected)
    const prefixed = Object.entries(settings).map(([key, value]) => [`my.app/${key}`, value])
    assert.deepEqual(configure(Object.fromEntries(prefixed), 'my.app/'), expected)
  })

  test('Booleans are true yes on y t 1 and false no off n f 0, in any case, and nothing else.', () => {
    const words: [boolean, string][] = [
      ...'true yes on y t 1'.split(' ').map((word): [boolean, string] => [true, word]),
      ...'false no off n f 0'.split(' ').map((word): [boolean, string] => [false, word]),
    ]
    for (const [value, word] of words) {
      for (const text of [word, word.toUpperCase(), ` ${word}\t`]) {
        assert.deepEqual(configure({ 'scheduler.unref': text }), { unref: value })
      }
      assert.deepEqual(configure({ 'scheduler.unref': value }), { unref: value })
    }
    for (const text of ['', 'yess', '2', 'tr ue', 'null', 'ja']) {
      assert.throws(
        () => configure({ 'scheduler.unref': text }),
        refuses('OPTION_INVALID', /^Expected scheduler\.unref to be one of true yes/),
      )
    }
  })

  test('A grace is a number of seconds, a duration, or none.', () => {
    const grace = (text: unknown): unknown =>
      configure({ 'scheduler.jobDefaults.misfireGraceTime': text }).jobDefaults?.misfireGraceTime
    assert.deepEqual(['1', '250ms', 'PT5M', 30].map(grace), [1, '250ms', 'PT5M', 30])
    assert.deepEqual(['none', 'None', 'null'].map(grace), [null, null, null])
    for (const text of ['0', '0.5', '-1', '-5s']) {
      assert.throws(
        () => grace(text),
        refuses('OPTION_INVALID', /misfireGraceTime to be a whole number of seconds above zero/),
      )
    }
    for (const text of ['', 'soon', '1e9', '2000000000']) {
      assert.throws(() => grace(text), refuses('DURATION_INVALID', /misfireGraceTime/))
    }
  })

  test('A setting that is unknown is refused, and the nearest that is known is named.', () => {
    const near = (key: string, meant: string): void => {
      const message = `^Expected a setting that is known, got '${key}'\\. Did you mean '${meant}'\\?$`
      assert.throws(
        () => configure({ [key]: 'yes' }),
        refuses('OPTION_INVALID', new RegExp(message)),
      )
    }
    near('scheduler.jobDefaults.coalesc', 'scheduler.jobDefaults.coalesce')
    near('scheduler.job_defaults.maxinstances', 'scheduler.jobDefaults.maxInstances')
    near('scheduler.jobdefaults.coalesce', 'scheduler.jobDefaults.coalesce')
    near('scheduler.timeZone', 'scheduler.timezone')
    near('scheduler.misfire_grace_time', 'scheduler.jobDefaults.misfireGraceTime')
    near('scheduler.queues.ocsp.maxsize', 'scheduler.queues.ocsp.maxSize')
    near('scheduler.qeues', 'scheduler.queues')
    assert.throws(
      () => configure({ 'scheduler.colour': 'red' }),
      refuses(
        'OPTION_INVALID',
        /^Expected a setting that is known, got 'scheduler\.colour'\. Known/,
      ),
    )
    for (const key of [
      'constructor',
      '__proto__',
      'queues.__proto__',
      'toString.call',
      'queues..maxSize',
      '',
      '.',
    ]) {
      assert.throws(() => configure({ [`scheduler.${key}`]: '1' }), OptionsError, key)
    }
  })

  test('What a text cannot say, and what there is not yet, is refused with what to do.', () => {
    assert.throws(
      () => configure({ 'scheduler.logger': 'console' }),
      refuses('OPTION_INVALID', /new SchedulerThread\(\{ \.\.\.configure\(settings\), logger \}\)/),
    )
    assert.throws(
      () => configure({ 'scheduler.stores.default.url': 'sqlite:jobs.db' }),
      refuses('OPTION_UNSUPPORTED', /'scheduler\.stores\.default\.url' is not supported yet/),
    )
    assert.throws(
      () => configure({ 'scheduler.store': 'sqlite:jobs.db' }),
      refuses('OPTION_UNSUPPORTED', /store/),
    )
  })

  test('Every value is checked, and named by its key.', () => {
    const wrong: [string, unknown, string, RegExp][] = [
      ['queues', 'a, b a', 'OPTION_INVALID', /scheduler\.queues to be every name once, got 'a'/],
      ['queues.a.maxSize', 'many', 'OPTION_INVALID', /scheduler\.queues\.a\.maxSize/],
      ['queues.a.maxSize', '-1', 'OPTION_INVALID', /whole number from 0/],
      ['jobDefaults.maxInstances', '0', 'OPTION_INVALID', /whole number from 1, got '0'/],
      ['jobDefaults.maxInstances', '1.5', 'OPTION_INVALID', /maxInstances/],
      ['resourceLimits.stackSizeMb', '4 MB', 'OPTION_INVALID', /stackSizeMb to be a number/],
      ['timezone', 'Europe/Atlantis', 'TRIGGER_INVALID', /Europe\/Atlantis/],
      ['name', '', 'OPTION_INVALID', /scheduler\.name/],
      ['name', { a: 1 }, 'OPTION_INVALID', /scheduler\.name to be a text, got an object/],
      ['triggers.tides', '', 'OPTION_INVALID', /scheduler\.triggers\.tides/],
    ]
    for (const [key, value, code, message] of wrong) {
      assert.throws(() => configure({ [`scheduler.${key}`]: value }), refuses(code, message))
    }
    const twice = { 'scheduler.jobDefaults.coalesce': '1', 'scheduler.job_defaults.coalesce': '1' }
    assert.throws(() => configure(twice), refuses('OPTION_INVALID', /got both/))
    assert.throws(() => configure('x' as never), OptionsError)
    assert.throws(() => configure({}, 7 as never), OptionsError)
  })

  test('The same options are checked when a scheduler is made with them.', () => {
    const file = pathToFileURL('tides.js')
    for (const Scheduler of [SchedulerThread, InlineScheduler]) {
      for (const options of [
        { jobDefaults: 7 },
        { jobDefaults: { coalesc: true } },
        { jobDefaults: { coalesce: 'yes' } },
        { jobDefaults: { maxInstances: 0 } },
        { jobDefaults: { misfireGraceTime: 0 } },
        { triggers: [file] },
        { triggers: { tides: 7 } },
        { triggers: { '': file } },
      ]) {
        assert.throws(() => new Scheduler(options as never), OptionsError, JSON.stringify(options))
      }
      assert.throws(
        () => new Scheduler({ timezone: 'Mars/Olympus' }),
        refuses('TRIGGER_INVALID', /Mars/),
      )
    }
  })
})

for (const [name, Scheduler] of [
  ['A SchedulerThread', SchedulerThread],
  ['An InlineScheduler', InlineScheduler],
] as const) {
  describe(`${name}'s configure`, () => {
    test('Before start it adds queues and sets the defaults of jobs; those that say it themselves keep what they say.', async () => {
      await using scheduler = new Scheduler({
        queues: ['a'],
        jobDefaults: { misfireGraceTime: 7, maxInstances: 2 },
      })
      const job = async (options: object = {}): Promise<unknown[]> => {
        const made = await scheduler.addJob({
          taskName: 'a',
          trigger: { interval: { hours: 1 } },
          ...options,
        })
        return [made.misfireGraceTime, made.coalesce, made.maxInstances]
      }
      assert.deepEqual(await job(), [7, true, 2])
      const settings = {
        'scheduler.queues': 'b',
        'scheduler.queues.b.maxSize': '3',
        'scheduler.jobDefaults.coalesce': 'no',
        'scheduler.jobDefaults.misfireGraceTime': 'none',
      }
      assert.equal(await scheduler.configure(settings), scheduler)
      assert.equal((await scheduler.stats()).queues['b']?.maxSize, 3)
      assert.deepEqual(await job(), [null, false, 2])
      const own = { misfireGraceTime: '90s', coalesce: true, maxInstances: 1 }
      assert.deepEqual(await job(own), [90, true, 1])
      await scheduler.configure({ 'job_defaults.max_instances': '5' }, '')
      assert.deepEqual(await job(), [null, false, 5])
    })

    test('It changes nothing when something in it is wrong, fixed by then, or it was started.', async () => {
      await using scheduler = new Scheduler({ queues: ['a'] })
      const exists = configureOf({ queues: 'b a', 'jobDefaults.coalesce': 'no' })
      await assert.rejects(scheduler.configure(exists), refuses('QUEUE_EXISTS', /'a'/))
      await assert.rejects(
        scheduler.configure(configureOf({ timezone: 'UTC' })),
        refuses('OPTION_INVALID', /timezone, which is fixed/),
      )
      await assert.rejects(
        scheduler.configure(configureOf({ queue: 'c' })),
        refuses('OPTION_INVALID', /Did you mean 'scheduler\.queues'/),
      )
      const job = await scheduler.addJob({ taskName: 'a', trigger: { interval: { hours: 1 } } })
      assert.equal(job.coalesce, true)
      await scheduler.start()
      await assert.rejects(
        scheduler.configure(configureOf({ queues: 'd' })),
        refuses('SCHEDULER_RUNNING', /started/),
      )
      assert.deepEqual(Object.keys((await scheduler.stats()).queues), ['a'])
    })

    test('The time zone of the scheduler is that of every trigger that names none.', async () => {
      await using scheduler = await new Scheduler({ queues: ['a'], timezone: 'Asia/Tokyo' }).start()
      const at = async (trigger: object): Promise<string | undefined> => {
        const job = await scheduler.addJob({ taskName: 'a', ...trigger })
        return job.nextRunTime?.toISOString().slice(11, 16)
      }
      const nine = { hour: 9 }
      const inBerlin = { hour: 9, timezone: 'UTC' }
      assert.equal(await at({ trigger: { cron: nine } }), '00:00')
      assert.equal(await at({ trigger: { cron: '0 9 * * *' } }), '00:00')
      assert.equal(await at({ trigger: 'cron', hour: 9 }), '00:00')
      assert.equal(await at({ trigger: { or: [{ cron: nine }] } }), '00:00')
      assert.equal(await at({ trigger: { calendarInterval: { days: 1, hour: 9 } } }), '00:00')
      assert.equal(await at({ trigger: { date: '2999-01-01 09:00:00' } }), '00:00')
      const startDate = '2999-01-01 09:00:00'
      assert.equal(await at({ trigger: { interval: { hours: 1, startDate } } }), '00:00')
      assert.equal(await at({ trigger: { cron: inBerlin } }), '09:00')
      assert.equal(await at({ trigger: { and: [{ cron: inBerlin }] } }), '09:00')
      assert.equal(await at({ trigger: new CronTrigger(inBerlin) }), '09:00')
      assert.equal(await at({ trigger: new CronTrigger(inBerlin).toJSON() }), '09:00')
      const { nextRunTime } = await scheduler.addCronJob('a', nine)
      assert.equal(nextRunTime?.getUTCHours(), 0)
      const onDate = await scheduler.addDateJob('a', '2999-01-01 09:00:00')
      assert.equal(onDate.nextRunTime?.toISOString(), '2999-01-01T00:00:00.000Z')
      const rescheduled = await scheduler.rescheduleJob(onDate.id, { cron: { hour: 12 } })
      assert.equal(rescheduled.nextRunTime?.getUTCHours(), 3)
    })
  })
}

test('A worker that is connected adds jobs in the time zone of its scheduler.', async () => {
  await using scheduler = await new SchedulerThread({
    queues: ['a'],
    timezone: 'Asia/Tokyo',
  }).start()
  const { worker, exited } = startOwnThread(scheduler, 'adds-a-job')
  const [nextRunTime] = (await once(worker, 'message')) as [Date]
  assert.equal(nextRunTime.getUTCHours(), 0)
  await exited
})

function configureOf(settings: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [`scheduler.${key}`, value]),
  )
}

describe('The nearest name', () => {
  test('It is found whatever the case, with a letter more, less, other or swapped, and not when it is far.', () => {
    const known = ['taskDone', 'taskTaken', 'queueFull', 'on']
    const found = ['taskdone', 'task_done', 'taskDon', 'tsakDone', 'taskDoned', 'tasktakn', 'queue']
    assert.deepEqual(
      found.map((name) => nearestName(name, known)),
      ['taskDone', 'taskDone', 'taskDone', 'taskDone', 'taskDone', 'taskTaken', null],
    )
    assert.equal(nearestName('x'.repeat(1e6), known), null)
    assert.equal(nearestName('', known), null)
  })

  test('A known name is nearest to itself, and swapping two letters of it does not matter.', () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-z]{6,12}$/), { minLength: 1 })
    fc.assert(
      fc.property(names, fc.nat(), (known, at) => {
        const name = known[at % known.length] ?? ''
        assert.equal(nearestName(name, known), name)
        const i = at % (name.length - 1)
        const swapped = name.slice(0, i) + name.charAt(i + 1) + name.charAt(i) + name.slice(i + 2)
        assert.notEqual(nearestName(swapped, known), null)
      }),
    )
  })
})
