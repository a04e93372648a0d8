import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { ArgumentError, parseArguments } from '../../bench/arguments.ts'
import { goalsOf } from '../../bench/goals.ts'
import type { Measurements, Report } from '../../bench/measurements.ts'
import { questionNames } from '../../bench/questions.ts'
import { changed, measurementsThatMeetAll } from '../support/measured.ts'

const program = fileURLToPath(new URL('../../bench/run.js', import.meta.url))

describe('npm run bench -- --check', () => {
  test('It computes the goals of a file again, and succeeds when all are met.', async (t) => {
    const { code, output } = await bench('--check', reportFile(t, measurementsThatMeetAll()))
    assert.equal(code, 0, output)
    assert.match(output, /19 of 19 goals are met/)
  })

  test('It fails when a goal is not met.', async (t) => {
    const slow = changed(measurementsThatMeetAll(), ['cancel', 'core', 'bothNsPerTask'], () => 1e4)
    const { code, output } = await bench('--check', reportFile(t, slow))
    assert.equal(code, 1)
    assert.match(output, /^NOT MET +core-cancel/m)
    assert.match(output, /18 of 19 goals are met/)
    assert.doesNotMatch(output, /something else than its measurements/)
  })

  test('It notices measurements that were altered after the goals were written.', async (t) => {
    const good = measurementsThatMeetAll()
    const altered = changed(good, ['burst', '1e6 pending', 'perSecond'], (rate) => rate * 2)
    const file = reportFile(t, altered, good)
    const { code, output } = await bench('--check', file)
    assert.equal(code, 1)
    assert.match(output, /rate-burst: the file says something else than its measurements/)
  })

  test('It says what it expected when a file is no report.', async (t) => {
    const { code, output } = await bench('--check', scratchFile(t, '{}'))
    assert.equal(code, 2)
    assert.match(output, /Expected .* to be what --json wrote: it has no measurements/)
    const missing = await bench('--check', '/nowhere/report.json')
    assert.equal(missing.code, 2)
    assert.match(missing.output, /ENOENT/)
  })
})

describe('The arguments of npm run bench', () => {
  test('Without any, all questions are put, in three passes.', () => {
    const { questions, passes, quick, json } = parseArguments([])
    assert.deepEqual([questions, passes, quick, json], [[], 3, false, null])
  })

  test('Questions may be named.', () => {
    assert.deepEqual(parseArguments(['lateness', 'idle']).questions, ['lateness', 'idle'])
  })

  test('A quick run has one pass, unless more are asked for.', () => {
    assert.equal(parseArguments(['--quick']).passes, 1)
    assert.equal(parseArguments(['--quick', '--passes', '2']).passes, 2)
  })

  test('An unknown question is refused, with those that are known.', async () => {
    const { code, output } = await bench('latness')
    assert.equal(code, 2)
    assert.match(output, /got latness/)
    for (const name of questionNames) assert.ok(output.includes(name), name)
  })

  test('An unknown option is refused, with those that are known.', async () => {
    const { code, output } = await bench('--jsn', 'x')
    assert.equal(code, 2)
    assert.match(output, /--jsn/)
    assert.match(output, /--json FILE/)
  })

  test('What cannot be done together is refused.', () => {
    for (const args of [
      ['--check', 'x', 'lateness'],
      ['--check', 'x', '--quick'],
      ['--check', 'x', '--json', 'y'],
      ['--readme', 'lateness'],
      ['--readme', '--quick'],
      ['--passes', '0'],
      ['--passes', 'many'],
      ['--json'],
    ]) {
      assert.throws(() => parseArguments(args), ArgumentError, args.join(' '))
    }
  })
})

/** A report as `--json` writes it; its goals may be those of other measurements. */
function reportFile(t: TestContext, measurements: Measurements, goalsFrom = measurements): string {
  const report: Report = {
    machine: { cpu: 'a fast one', cores: 2, memoryGiB: 24, system: 'Linux 6' },
    node: 'v20.20.2',
    load: 0.1,
    loadAtEnd: 1.5,
    date: '2026-01-01',
    quick: false,
    peers: { piscina: '5.3.2' },
    goals: goalsOf({ quick: false, measurements: goalsFrom }),
    measurements,
  }
  return scratchFile(t, JSON.stringify(report))
}

function scratchFile(t: TestContext, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'bench-check-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'report.json')
  writeFileSync(file, text)
  return file
}

function bench(...args: string[]): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [program, ...args],
      { timeout: 30_000 },
      (_error, out, err) => resolve({ code: child.exitCode, output: `${out}${err}` }),
    )
  })
}
