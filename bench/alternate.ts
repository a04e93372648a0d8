import { fork } from 'node:child_process'
import { join } from 'node:path'
import { now } from './measure.ts'
import type { Contender, Figure, Pass, Question, Settings } from './question.ts'
import { valueOf, type Series } from './measurements.ts'
import { shownFigure } from './figures.ts'

/** Who takes longer than this to fail is not asked again. */
const patienceMs = 20_000
const entry = join(import.meta.dirname, 'contender-entry.js')

/** How a question is put. */
export interface Alternation {
  readonly settings: Settings
  readonly passes: number
  /** Why a need cannot be had; null when it is there. */
  readonly missing: (need: string) => string | null
  readonly say: (line: string) => void
}

/** What the process of a contender says when it is through. */
export type Answer = { readonly pass: Pass } | { readonly failure: string }

/**
 * Lets all contenders of a question take turns, so that whatever else the machine does meets them alike; every second
 * pass goes the other way round. One that fails or is missing is noted, and the others go on.
 */
export async function alternate(
  question: Question,
  { settings, passes, missing, say }: Alternation,
): Promise<Record<string, Series>> {
  const gaveUp = new Set<string>()
  const series = new Map<string, { passes: Pass[]; failures: string[] }>()
  for (const { name } of question.contenders) series.set(name, { passes: [], failures: [] })
  for (let number = 1; number <= passes; number++) {
    const { contenders } = question
    for (const contender of number % 2 === 1 ? contenders : contenders.toReversed()) {
      const { name, needs = [], once = false } = contender
      if (once && number > 1) continue
      const noted = series.get(name)
      const where = `${question.name} ${number}/${passes}  ${name}`
      const why = needs.map((need) => missing(need)).find((reason) => reason !== null)
      if (why) {
        if (number === 1) say(`${where}: LEFT OUT, ${why}`)
        noted?.failures.push(why)
        continue
      }
      if (gaveUp.has(name)) continue
      const start = now()
      const answer = await inOwnProcess(question.name, contender, settings)
      if ('failure' in answer && now() - start > patienceMs) gaveUp.add(name)
      if ('pass' in answer) noted?.passes.push(answer.pass)
      else noted?.failures.push(answer.failure)
      say(`${where}: ${'pass' in answer ? inShort(answer.pass) : `FAILED, ${answer.failure}`}`)
    }
  }
  return Object.fromEntries(series)
}

/** Runs a contender once in a process of its own: its garbage, its threads and its crashes are nobody else's. */
function inOwnProcess(
  question: string,
  { name, flags = [], limitSeconds = 90 }: Contender,
  settings: Settings,
): Promise<Answer> {
  return new Promise((resolve) => {
    const child = fork(entry, [question, name, JSON.stringify(settings)], {
      execArgv: ['--enable-source-maps', ...flags],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    let complaints = ''
    child.stderr?.on('data', (text: Buffer) => {
      complaints = `${complaints}${text.toString()}`.slice(-4000)
    })
    let answer: Answer | null = null
    let overdue = false
    const limit = setTimeout(() => {
      overdue = true
      child.kill('SIGKILL')
    }, limitSeconds * 1000)
    child.on('message', (message: Answer) => (answer = message))
    child.on('error', (error) => (answer ??= { failure: error.message }))
    child.on('close', (code, signal) => {
      clearTimeout(limit)
      if (answer) return resolve(answer)
      const end = overdue ? `no answer in ${limitSeconds} s` : `it ended with ${signal ?? code}`
      resolve({ failure: `${end}. ${firstError(complaints)}`.trimEnd() })
    })
  })
}

/** The line of a crash that says what happened. */
function firstError(complaints: string): string {
  const lines = complaints.split('\n').map((line) => line.trim())
  return lines.find((line) => /error|fatal/i.test(line)) ?? lines.find(Boolean) ?? ''
}

function inShort(pass: Pass): string {
  const shown = ([name, figure]: [string, Figure]): string => shownFigure(name, valueOf(figure))
  return Object.entries(pass).map(shown).join(', ')
}
