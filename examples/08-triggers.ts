/** When would it fire? A trigger of each kind answers, without a scheduler. */
import { triggerFrom, type TriggerForm } from 'scheduler-thread'

const timezone = 'Europe/Berlin'
const forms: TriggerForm[] = [
  { date: '2026-03-29 09:00:00', timezone },
  { interval: { hours: 12, startDate: '2026-03-28 09:00:00', timezone } },
  { calendarInterval: { days: 1, hour: 9, startDate: '2026-03-28', timezone } },
  { cron: { day: 'last fri', hour: 17, timezone } },
  { cron: '*/15 9 * * mon-fri', timezone },
  {
    and: [
      { cron: { dayOfWeek: 'fri', hour: 9, timezone } },
      { cron: { day: 13, hour: 9, timezone } },
    ],
  },
  { or: [{ cron: { hour: 9, timezone } }, { cron: { hour: 21, timezone } }] },
]

// The clocks are put forward in the night to 29 March: an interval is elapsed time, the others keep to the wall clock.
const from = new Date('2026-03-28T00:00:00Z')
for (const form of forms) {
  const trigger = triggerFrom(form)
  console.log(trigger.explain())
  for (const run of trigger.nextRuns(3, from)) console.log('  ', run.toISOString())
}

// Output:
// Once, at 2026-03-29 09:00:00 +02:00.
//    2026-03-29T07:00:00.000Z
// Every 12 hours, from 2026-03-28 09:00:00 +01:00.
//    2026-03-28T08:00:00.000Z
//    2026-03-28T20:00:00.000Z
//    2026-03-29T08:00:00.000Z
// Every day at 09:00:00, from 2026-03-28, Europe/Berlin.
//    2026-03-28T08:00:00.000Z
//    2026-03-29T07:00:00.000Z
//    2026-03-30T07:00:00.000Z
// At 17:00 on the last Friday of the month, Europe/Berlin.
//    2026-04-24T15:00:00.000Z
//    2026-05-29T15:00:00.000Z
//    2026-06-26T15:00:00.000Z
// Every 15 minutes from 09:00 to 09:59 on Monday to Friday, Europe/Berlin.
//    2026-03-30T07:00:00.000Z
//    2026-03-30T07:15:00.000Z
//    2026-03-30T07:30:00.000Z
// When all of these agree: At 09:00 on Friday, Europe/Berlin. At 09:00 on day 13 of the month, Europe/Berlin.
//    2026-11-13T08:00:00.000Z
//    2027-08-13T07:00:00.000Z
//    2028-10-13T07:00:00.000Z
// Whenever one of these fires: At 09:00 every day, Europe/Berlin. At 21:00 every day, Europe/Berlin.
//    2026-03-28T08:00:00.000Z
//    2026-03-28T20:00:00.000Z
//    2026-03-29T07:00:00.000Z
