import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { CronTrigger, TriggerError } from '../../src/index.ts'
import { readVectorFiles, vectorsFolder, type VectorCase } from '../support/vector-files.ts'
import { runVectorFile } from '../support/run-vectors.ts'

const from = new Date('2026-01-01T00:00:00Z')

function runs(line: string, count: number): string {
  const trigger = CronTrigger.fromCrontab(line, { timezone: 'UTC' })
  return trigger
    .nextRuns(count, from)
    .map((date) => date.toISOString().slice(0, 19).replace(/:00$/, ''))
    .join(' ')
}

describe('A crontab line', () => {
  for (const [line, expected] of [
    ['30 4 1,15 * 5', '2026-01-01T04:30 2026-01-02T04:30 2026-01-09T04:30 2026-01-15T04:30'],
    ['0 0 ? * 5', '2026-01-02T00:00 2026-01-09T00:00 2026-01-16T00:00 2026-01-23T00:00'],
    ['0 0 *,5 * fri', '2026-01-01T00:00 2026-01-02T00:00 2026-01-03T00:00 2026-01-04T00:00'],
    ['0 0 */10 * mon', '2026-01-01T00:00 2026-01-05T00:00 2026-01-11T00:00 2026-01-12T00:00'],
    ['0 0 * * 0', '2026-01-04T00:00 2026-01-11T00:00 2026-01-18T00:00 2026-01-25T00:00'],
    ['0 0 * * 7', '2026-01-04T00:00 2026-01-11T00:00 2026-01-18T00:00 2026-01-25T00:00'],
    ['0 0 * * 5-7', '2026-01-02T00:00 2026-01-03T00:00 2026-01-04T00:00 2026-01-09T00:00'],
    ['0 0 * * Fri-Sun', '2026-01-02T00:00 2026-01-03T00:00 2026-01-04T00:00 2026-01-09T00:00'],
    ['0 0 * * 0-2', '2026-01-04T00:00 2026-01-05T00:00 2026-01-06T00:00 2026-01-11T00:00'],
    ['0 0 * * */3', '2026-01-03T00:00 2026-01-04T00:00 2026-01-07T00:00 2026-01-10T00:00'],
    ['0 0 L * *', '2026-01-31T00:00 2026-02-28T00:00 2026-03-31T00:00 2026-04-30T00:00'],
    ['0 0 LW * *', '2026-01-30T00:00 2026-02-27T00:00 2026-03-31T00:00 2026-04-30T00:00'],
    ['0 0 1W * *', '2026-01-01T00:00 2026-02-02T00:00 2026-03-02T00:00 2026-04-01T00:00'],
    ['0 0 31W * *', '2026-01-30T00:00 2026-03-31T00:00 2026-05-29T00:00 2026-07-31T00:00'],
    ['0 0 * * 5L', '2026-01-30T00:00 2026-02-27T00:00 2026-03-27T00:00 2026-04-24T00:00'],
    ['0 0 * * tue#2', '2026-01-13T00:00 2026-02-10T00:00 2026-03-10T00:00 2026-04-14T00:00'],
    ['0 0 1 * 7#1', '2026-01-01T00:00 2026-01-04T00:00 2026-02-01T00:00 2026-03-01T00:00'],
    [
      '*/20 30 4 * * *',
      '2026-01-01T04:30 2026-01-01T04:30:20 2026-01-01T04:30:40 2026-01-02T04:30',
    ],
    ['@Yearly', '2026-01-01T00:00 2027-01-01T00:00 2028-01-01T00:00 2029-01-01T00:00'],
    ['@weekly', '2026-01-04T00:00 2026-01-11T00:00 2026-01-18T00:00 2026-01-25T00:00'],
    ['\t0  0 1\t*/6 * ', '2026-01-01T00:00 2026-07-01T00:00 2027-01-01T00:00 2027-07-01T00:00'],
  ] as const) {
    test(`${JSON.stringify(line)} fires as it says.`, () => {
      assert.equal(runs(line, 4), expected)
    })
  }

  for (const [line, field] of [
    ['* * * *', 'crontab'],
    ['* * * * * * *', 'crontab'],
    ['', 'crontab'],
    ['@reboot', 'crontab'],
    ['* '.repeat(1000), 'crontab'],
    [5, 'crontab'],
    [undefined, 'crontab'],
    [null, 'crontab'],
    ['60 * * * *', 'minute'],
    ['*/90 * * * *', 'minute'],
    ['* * 0 * *', 'day'],
    ['* * * 13 *', 'month'],
    ['* * * * 8', 'dayOfWeek'],
    ['* * * * 5#6', 'dayOfWeek'],
    ['* * * * L', 'dayOfWeek'],
    ['* * 32W * *', 'day'],
    ['* * * * mon-fri#2', 'dayOfWeek'],
    ['* * last * *', 'day'],
    ['* L * * *', 'hour'],
  ] as const) {
    test(`${JSON.stringify([line]).slice(0, 30)} is refused, with the field.`, () => {
      assert.throws(
        () => CronTrigger.fromCrontab(line as string),
        (error) =>
          error instanceof TriggerError &&
          error.code === 'TRIGGER_INVALID' &&
          error.details['field'] === field,
      )
    })
  }

  test('Options that are none are refused: a zone that is not in an object does not get lost.', () => {
    for (const options of ['Europe/Berlin', true, 5, { hour: 5 }]) {
      assert.throws(() => CronTrigger.fromCrontab('* * * * *', options as object), TriggerError)
    }
  })

  test('What is refused is told the forms of a crontab, not those of the fields.', () => {
    assert.throws(() => CronTrigger.fromCrontab('0 0 last * *'), {
      message:
        "Expected day to be a list of '*', '*/n', 'a', 'a-b', 'a-b/n', 'L', 'LW', '15W' with numbers from 1 to 31, got 'last'.",
    })
    assert.throws(() => CronTrigger.fromCrontab('0 0 * * L'), {
      message:
        "Expected dayOfWeek to be a list of '*', '*/n', 'a', 'a-b', 'a-b/n', '5L', '5#2' with numbers from 0 to 7 or names such as 'sun', got 'l'.",
    })
  })
})

type Fires = [string, string][]

describe('The recorded cases of cron triggers', () => {
  const files = readVectorFiles(vectorsFolder()).filter(({ name }) => name.startsWith('cron-'))

  test('There are two files of them.', () => {
    assert.equal(files.length, 2)
  })

  for (const file of files) {
    test(`All of ${file.name} pass.`, async () => {
      const { passed, failures, notRun } = await runVectorFile(file)
      assert.deepEqual([passed, failures, notRun], [file.cases.length, [], null])
    })

    test(`One of ${file.name} whose last time is altered fails.`, async () => {
      const { failures } = await runVectorFile({ ...file, cases: altered(file.cases) })
      assert.equal(failures.length, 1)
    })
  }
})

/** The first case with an answer that nobody disputes, off by a second in its last time. */
function altered(cases: readonly VectorCase[]): VectorCase[] {
  const found = structuredClone(
    cases.find((one) => {
      const { fires, disputed, contested } = one as unknown as Record<string, unknown>
      return Array.isArray(fires) && disputed !== true && contested !== true
    }),
  )
  if (!found) throw new Error('Expected a case with an answer.')
  const { fires } = found as unknown as { readonly fires: Fires }
  const last = fires.at(-1)
  if (last) last[0] = last[1] = new Date(Date.parse(last[0]) + 1000).toISOString()
  return [found]
}
