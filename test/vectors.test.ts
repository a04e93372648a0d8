import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import { gzipSync } from 'node:zlib'
import { runVectorFile } from './support/run-vectors.ts'
import {
  readVectorFiles,
  vectorsFolder,
  type VectorCase,
  type VectorFile,
} from './support/vector-files.ts'

interface Step {
  op: string
  result?: unknown
  error?: string
  moved?: string[]
  expect?: { now: number; scheduled: [string, number][]; queues: Record<string, string[]> }
}

type Fires = (readonly [string, string])[] | null

interface FiresExpected {
  fires?: Fires
  error?: true
  answers?: { by: string[]; fires: Fires }[]
}

const program = join(import.meta.dirname, 'vectors.js')

function traces(): VectorFile {
  const found = readVectorFiles(vectorsFolder()).find(({ format }) =>
    format.startsWith('Operation traces'),
  )
  assert.ok(found, 'Expected a file of scheduler traces.')
  return found
}

/** The file, down to the first case with a step that `alter` changes, changed; `alter` says whether it did. */
function altered(alter: (step: Step) => boolean): VectorFile {
  const { cases, ...file } = traces()
  for (const one of cases) {
    const copy = structuredClone(one)
    if ((copy as unknown as { ops: Step[] }).ops.some(alter)) return { ...file, cases: [copy] }
  }
  throw new Error('No step was altered.')
}

/** A case of a trigger in which all that is expected is expected no more: refusals, times, and every answer. */
function altogetherAltered(one: VectorCase): VectorCase {
  const { error, answers, ...rest } = structuredClone(one) as VectorCase & FiresExpected
  const later = (fires: Fires): Fires =>
    (fires ?? [['2000-01-01T00:00:00Z', '']]).map(([utc]) => {
      const other = new Date(Date.parse(utc) + 1000).toISOString()
      return [other, other]
    })
  if (error) return { ...rest, fires: null } as VectorCase
  return {
    ...rest,
    fires: later(rest.fires ?? null),
    ...(answers && { answers: answers.map(({ by, fires }) => ({ by, fires: later(fires) })) }),
  } as VectorCase
}

/** Runs the program over a folder of these files. */
function run(
  t: TestContext,
  files: Readonly<Record<string, string | Uint8Array>>,
): ReturnType<typeof spawnSync> {
  const folder = mkdtempSync(join(tmpdir(), 'vectors-'))
  t.after(() => rmSync(folder, { recursive: true }))
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
  return spawnSync(process.execPath, [program], {
    encoding: 'utf8',
    env: { ...process.env, VECTORS_DIR: folder },
  })
}

describe('The golden vectors', () => {
  test('Every scheduler trace passes through the core.', async () => {
    const { failures, passed } = await runVectorFile(traces())
    assert.deepEqual(failures, [])
    assert.equal(passed, traces().cases.length)
  })

  const alterations: Readonly<Record<string, (step: Step) => boolean>> = {
    'a result that is true': (step) => step.result === true && Reflect.set(step, 'result', false),
    'a number of cancelled contexts': (step) =>
      step.op === 'cancelBySubject' && Boolean((step.result = Number(step.result) + 1)),
    'the context that is handed out': (step) =>
      step.op === 'getTask' && typeof step.result === 'string' && Boolean((step.result = 'c0')),
    'the kind of an error': (step) =>
      step.error === 'QueueError' && Boolean((step.error = 'Empty')),
    'an error that is not expected any more': (step) =>
      step.error !== undefined && delete step.error,
    'a result that is not expected any more': (step) =>
      step.op === 'getTask' && step.result !== undefined && delete step.result,
    'what is moved': (step) => step.moved !== undefined && step.moved.pop() !== undefined,
    'that anything is moved': (step) => step.moved !== undefined && delete step.moved,
    'the time of a state': (step) => step.expect !== undefined && Boolean((step.expect.now += 1)),
    'a scheduled time': ({ expect }) => {
      const first = expect?.scheduled[0]
      return first !== undefined && Boolean((first[1] += 1))
    },
    'the content of a queue': ({ expect }) =>
      Object.values(expect?.queues ?? {}).some((ids) => ids.pop() !== undefined),
  }
  for (const [what, alter] of Object.entries(alterations)) {
    test(`A trace in which ${what} is altered fails.`, async () => {
      assert.equal((await runVectorFile(altered(alter))).failures.length, 1)
    })
  }

  const triggerFormats = ['Date trigger', 'Interval trigger', 'Calendar-interval trigger']
  for (const beginning of triggerFormats) {
    test(`${beginning}: every case passes, and one whose expectation is altered fails.`, async () => {
      const file = readVectorFiles(vectorsFolder()).find(({ format }) =>
        format.startsWith(beginning),
      )
      assert.ok(file)
      assert.deepEqual((await runVectorFile(file)).failures, [])
      const cases = file.cases.map(altogetherAltered)
      assert.equal((await runVectorFile({ ...file, cases })).failures.length, cases.length)
    })
  }

  const slips: Readonly<Record<string, (one: Record<string, unknown>) => unknown>> = {
    'Expected no end_dat in a case.': (one) => ({ ...one, end_dat: '2026-01-01' }),
    'Expected a case to have tz.': ({ tz: _, ...one }) => one,
    'Expected a case to have fires, answers, or an error that is true.': ({ fires: _, ...one }) =>
      one,
    'Expected fires to be null or a list of [UTC, the same in local time].': (one) => ({
      ...one,
      fires: [['2026-01-01T00:00:00Z', '2026-01-01T00:00:01Z']],
    }),
    'Expected a case to be an object with an id.': () => null,
  }
  for (const [fault, slip] of Object.entries(slips)) {
    test(`A case of a trigger with a slip fails and is told: ${fault}`, async () => {
      const files = readVectorFiles(vectorsFolder()).filter(({ format }) =>
        [...triggerFormats, 'Fire times', 'Crontab'].some((begins) => format.startsWith(begins)),
      )
      assert.equal(files.length, 5)
      for (const file of files) {
        const one = file.cases.find((vector) => Reflect.get(vector, 'fires'))
        const cases = [slip({ ...one }) as VectorCase]
        const { failures, passed } = await runVectorFile({ ...file, cases })
        assert.deepEqual([failures.length, passed], [1, 0])
        assert.ok(failures[0]?.endsWith(`: ${fault}`), failures[0])
      }
    })
  }

  test('A file without cases, and one that is no JSON, fail with their names.', (t) => {
    const { stderr, status } = run(t, {
      'empty.json': JSON.stringify({ format: 'Date trigger.', cases: [] }),
    })
    assert.deepEqual([stderr, status], ['empty.json: no cases\n', 1])
    const broken = run(t, { 'broken.json': '{"format":' })
    assert.match(String(broken.stderr), /^Expected broken\.json to be JSON\.$/m)
    assert.equal(broken.status, 1)
  })

  test('A kind that nothing runs yet is named and fails nothing.', (t) => {
    const { stdout, status } = run(t, {
      'minutes.json': JSON.stringify({
        format: 'Minute matching of pyramid_cron. Each case: ...',
        cases: [{ id: 'a' }],
      }),
    })
    assert.match(String(stdout), /minutes\.json: not run, nothing runs pyramid-cron yet/)
    assert.match(String(stdout), /^0 passed, 0 failed$/m)
    assert.equal(status, 0)
  })

  test('A format that nobody knows fails.', (t) => {
    const { stdout, stderr, status } = run(t, {
      'other.json': JSON.stringify({ format: 'Something else.', cases: [] }),
    })
    assert.match(String(stderr), /other\.json: unknown format/)
    assert.match(String(stdout), /^0 passed, 1 failed$/m)
    assert.equal(status, 1)
  })

  test('A folder without vectors fails.', (t) => {
    assert.equal(run(t, {}).status, 1)
  })

  test('Plain and gzipped files are read from VECTORS_DIR.', (t) => {
    const { cases, ...rest } = traces()
    const text = JSON.stringify({ ...rest, cases: cases.slice(0, 3) })
    const { stdout, status } = run(t, { 'a.json': text, 'b.json.gz': gzipSync(text) })
    assert.match(String(stdout), /^6 passed, 0 failed$/m)
    assert.equal(status, 0)
  })
})
