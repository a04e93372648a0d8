/** `npm run bench`: puts the questions, prints medians and goals, and keeps the measurements. See `arguments.ts`. */
import { readFileSync, writeFileSync } from 'node:fs'
import { alternate } from './alternate.ts'
import { ArgumentError, parseArguments, usage, type Arguments } from './arguments.ts'
import { writeDocuments } from './documents.ts'
import { goalsOf } from './goals.ts'
import { load, machine, now } from './measure.ts'
import { leastPasses, type Measurements, type Report, type Series } from './measurements.ts'
import { findPeers } from './peers.ts'
import { loadQuestion, questionNames } from './questions.ts'
import { figureTable, goalLines, shownMachine, shownOutcome, shownPeers } from './report.ts'

const notAMeasurement = 'This was a quick run: its figures are NO MEASUREMENT, and meet no goal.'
/** An altered goal is off by more than what writing a number down loses. */
const sameRatio = 1e-9

try {
  const args = parseArguments(process.argv.slice(2))
  if (args.help) console.log(usage)
  else if (args.check === null) await measure(args)
  else check(args.check, args.readme)
} catch (error) {
  if (!(error instanceof ArgumentError)) throw error
  console.error(`${error.message}\n\n${usage}`)
  process.exitCode = 2
}

async function measure({ questions, json, readme, quick, passes }: Arguments): Promise<void> {
  const names = questionNames.filter((name) => questions.length === 0 || questions.includes(name))
  const put = await Promise.all(names.map((name) => loadQuestion(name)))
  const needs = put.flatMap(({ contenders }) => contenders.flatMap((one) => one.needs ?? []))
  const peers = await findPeers(new Set(needs), say)
  const { redis, versions, missing } = peers
  const head = { machine: machine(), node: process.version, load: load() }
  say(`${shownMachine(head)}\n${shownPeers({ peers: versions })}\n`)
  const settings = { quick, redisUrl: redis?.url ?? null, redisHz: redis?.hz ?? null }
  const began = now()
  const date = new Date().toISOString().slice(0, 10)
  const measurements: Record<string, Record<string, Series>> = {}
  const soFar = (): Report => {
    const goals = goalsOf({ quick, measurements })
    return { ...head, loadAtEnd: load(), date, quick, peers: versions, goals, measurements }
  }
  try {
    for (const question of put) {
      const series = await alternate(question, { settings, passes, missing, say })
      measurements[question.name] = series
      say(`\n${question.asks}\n${figureTable(series)}\n`)
      // After each question: whoever interrupts it keeps what was measured.
      if (json !== null) writeFileSync(json, `${JSON.stringify(soFar())}\n`)
    }
  } finally {
    await peers.end()
  }
  const report = soFar()
  printGoals(report)
  const seconds = Math.round((now() - began) / 1000)
  say(`It took ${seconds} s; the load was ${report.load}, then ${report.loadAtEnd}.`)
  if (readme) writeDocuments(report, say)
}

/** Computes the goals of a report from its measurements, and fails if any is not met or is not what the report says. */
function check(file: string, readme: boolean): void {
  const report = readReport(file)
  const goals = goalsOf(report)
  say(`${shownMachine(report)}\n${shownPeers(report)}\n`)
  printGoals({ ...report, goals })
  const differing = goals.filter((goal) => {
    const written = report.goals.find(({ id }) => id === goal.id)
    const same = Math.abs((written?.ratio ?? 0) - (goal.ratio ?? 0)) <= sameRatio
    return !written || !same || written.met !== goal.met
  })
  for (const { id } of differing) say(`${id}: the file says something else than its measurements.`)
  if (readme) writeDocuments({ ...report, goals }, say)
  if (differing.length > 0 || goals.length === 0 || goals.some(({ met }) => !met)) {
    process.exitCode = 1
  }
}

function readReport(file: string): Report {
  let report: Partial<Report>
  try {
    report = JSON.parse(readFileSync(file, 'utf8')) as Partial<Report>
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new ArgumentError(`Expected ${file} to be what --json wrote: ${reason}`)
  }
  const measurements: Measurements | undefined = report.measurements
  if (typeof measurements !== 'object' || !Array.isArray(report.goals) || !report.machine) {
    throw new ArgumentError(`Expected ${file} to be what --json wrote: it has no measurements.`)
  }
  return report as Report
}

function printGoals({ goals, quick }: Pick<Report, 'goals' | 'quick'>): void {
  say(goalLines(goals))
  say(`\n${shownOutcome(goals)} Each is computed from medians of at least ${leastPasses} passes.`)
  if (quick) say(notAMeasurement)
}

function say(line: string): void {
  console.log(line)
}
