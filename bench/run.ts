/**
 * `npm run bench`: runs the benchmarks and prints ratios, as medians of alternating passes. `-- --json FILE` keeps the
 * measurements; `-- --readme` writes the README's table.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { latenessBench, type LatenessResult } from './lateness.ts'
import { machine } from './measure.ts'

const { values } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'string' }, readme: { type: 'boolean', default: false } },
})
const on = machine()
console.log(`${on.cpu}, ${on.cores} cores, Node ${on.node}, load ${on.load.toFixed(1)}\n`)
const lateness = await latenessBench()
console.log(table(lateness))
const ratio = p50('setTimeout', 'busy') / p50('SchedulerThread', 'busy')
console.log(`Application busy: setTimeout is ${ratio.toFixed(0)} times as late at the median.`)
if (values.json) writeFileSync(values.json, `${JSON.stringify({ ...on, lateness }, null, 2)}\n`)
if (values.readme) writeReadme()

function p50(contender: string, application: string): number {
  const one = lateness.find(
    (result) => result.contender === contender && result.application === application,
  )
  return one?.summary.p50 ?? Number.NaN
}

function table(results: readonly LatenessResult[]): string {
  const rows = results.map(
    ({ contender, application, summary: { early, p50: median, p90, p99 } }) => {
      const figures = [median, p90, p99].map((ms) => ms.toFixed(2))
      return `| ${contender} | ${application} | ${(early * 100).toFixed(0)} % | ${figures.join(' | ')} |`
    },
  )
  return [
    '| milliseconds late | application | early | p50 | p90 | p99 |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n')
}

/** The table goes between two marks. */
function writeReadme(): void {
  const file = join(import.meta.dirname, '../../README.md')
  const marks = /(<!-- bench:lateness -->\n)[^]*?(<!-- \/bench -->)/
  const where = `${on.cpu}, ${on.cores} cores, Node ${on.node}; \`npm run bench -- --readme\` writes this table.`
  const text = readFileSync(file, 'utf8')
  if (!marks.test(text)) throw new Error('Expected the marks of the table in README.md.')
  writeFileSync(file, text.replace(marks, `$1\n${table(lateness)}\n${where}\n\n$2`))
}
