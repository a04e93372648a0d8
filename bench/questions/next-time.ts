/** What does it cost to know when a cron line fires next, in a time zone? */
import { CronTrigger } from '../../src/index.ts'
import { now } from '../measure.ts'
import { loadPeer } from '../peers.ts'
import { amount, type Pass, type Question, type Settings } from '../question.ts'

const timezone = 'America/New_York'
/** What people write; with them one walks through a change of summer time, too. */
const lines = [
  '*/5 * * * *',
  '0 9 * * 1-5',
  '30 2 * * *',
  '0 0 1 * *',
  '0 12 * * 0',
  '*/15 9-17 * * 1-5',
]
const from = new Date('2026-03-01T00:00:00Z')
/** So many next times are one sample. */
const batch = 100

/** From one time on, the next; each is asked with the one before. */
type Step = (previous: Date) => Date

export const question: Question = {
  name: 'next-time',
  asks: 'How long does it take to compute the next time of a cron line in a time zone?',
  contenders: [
    { name: 'CronTrigger', run: (settings) => measure(settings, ours) },
    {
      name: 'croner',
      needs: ['croner'],
      run: async (settings) => measure(settings, await cronerSteps()),
    },
    {
      name: 'cron-parser',
      needs: ['cron-parser'],
      run: async (settings) => measure(settings, await cronParserSteps()),
    },
  ],
}

/** Microseconds of each, in batches of every line in turn, after one round that does not count. */
async function measure(settings: Settings, stepOf: (line: string) => Step): Promise<Pass> {
  const samples: number[] = []
  const rounds = amount(settings, 20)
  for (let round = 0; round <= rounds; round++) {
    for (const line of lines) {
      const step = stepOf(line)
      let time = from
      const start = now()
      for (let index = 0; index < batch; index++) time = step(time)
      if (round > 0) samples.push(((now() - start) / batch) * 1000)
      if (!(time > from)) throw new Error(`Expected ${line} to get on from ${from.toISOString()}`)
    }
  }
  return { usPerNextTime: samples }
}

function ours(line: string): Step {
  const trigger = CronTrigger.fromCrontab(line, { timezone })
  return (previous) => trigger.nextFireTime(previous, previous) ?? from
}

async function cronerSteps(): Promise<(line: string) => Step> {
  const { Cron } = await loadPeer<{
    readonly Cron: new (line: string, options: object) => { nextRun(after: Date): Date | null }
  }>('croner')
  return (line) => {
    const cron = new Cron(line, { timezone, paused: true })
    return (previous) => cron.nextRun(previous) ?? from
  }
}

async function cronParserSteps(): Promise<(line: string) => Step> {
  const { CronExpressionParser } = await loadPeer<{
    readonly CronExpressionParser: {
      parse(line: string, options: object): { next(): { toDate(): Date } }
    }
  }>('cron-parser')
  return (line) => {
    // It walks by itself, from where it was last.
    const times = CronExpressionParser.parse(line, { tz: timezone, currentDate: from })
    return () => times.next().toDate()
  }
}
