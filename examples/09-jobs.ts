/** A job is a trigger and the context that it produces: its runs go to a queue, and whoever works there does them. */
import { FakeClock, InlineScheduler } from 'scheduler-thread/testing'

const clock = new FakeClock({ wall: new Date('2026-01-05T08:00:00Z') })
await using scheduler = new InlineScheduler<{ mail: { to: string }; backup: object }>({
  clock,
  queues: ['mail', 'backup'],
})
scheduler.on('jobMissed', ({ jobId, plannedTime }) => {
  console.log('missed:', jobId, plannedTime.toISOString())
})
await scheduler.consume('mail', ({ dueAt, attributes }) => {
  console.log('mail:', attributes.to, dueAt?.toISOString())
})

await scheduler.addCronJob(
  'mail',
  { dayOfWeek: 'mon-fri', hour: 9, timezone: 'UTC' },
  { id: 'daily', subject: 'ann', attributes: { to: 'ann@example.org' } },
)
await scheduler.addIntervalJob('backup', { hours: 6 }, { id: 'backup', misfireGraceTime: '10m' })
await scheduler.addDateJob('mail', '2026-01-05 12:00:00', {
  timezone: 'UTC',
  name: 'lunch',
  attributes: { to: 'all@example.org' },
})
await scheduler.start()
await scheduler.printJobs()

for (const hours of [1, 3, 3, 20]) {
  await clock.advance({ hours })
  await scheduler.join('mail')
}

// Nobody took the backup in time. All that is about Ann ends, the job too.
console.log('cancelled:', await scheduler.cancelBySubject('ann'))
await scheduler.printJobs()

// Output:
// Jobs:
//     mail (trigger: cron[day_of_week='mon-fri', hour='9'], next run at: 2026-01-05T09:00:00.000Z)
//     lunch (trigger: date[2026-01-05 12:00:00 UTC], next run at: 2026-01-05T12:00:00.000Z)
//     backup (trigger: interval[6:00:00], next run at: 2026-01-05T14:00:00.000Z)
// mail: ann@example.org 2026-01-05T09:00:00.000Z
// mail: all@example.org 2026-01-05T12:00:00.000Z
// missed: backup 2026-01-05T14:00:00.000Z
// missed: backup 2026-01-06T08:00:00.000Z
// mail: ann@example.org 2026-01-06T09:00:00.000Z
// cancelled: 0
// Jobs:
//     backup (trigger: interval[6:00:00], next run at: 2026-01-06T14:00:00.000Z)
