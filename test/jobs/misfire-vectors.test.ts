import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { runVectorFile } from '../support/run-vectors.ts'
import { readVectorFiles, vectorsFolder, type VectorFile } from '../support/vector-files.ts'

interface Step {
  readonly running?: Record<string, number>
  readonly expect: {
    jobs: {
      executed: string[]
      missed: string[]
      submitted: boolean
      next: string | null
      removed: boolean
    }[]
    wait_ms: number | null
  }
}

interface Case {
  readonly jobs: { first?: string | null; error?: true }[]
  readonly steps: Step[]
}

function misfires(): VectorFile {
  const found = readVectorFiles(vectorsFolder()).find(({ format }) =>
    format.startsWith('Which run times a scheduler executes'),
  )
  assert.ok(found, 'Expected a file of misfires.')
  return found
}

/** The first case that `alter` changes, changed; `alter` says whether it did. */
function altered(alter: (one: Case) => boolean): VectorFile {
  const { cases, ...file } = misfires()
  for (const one of cases) {
    const copy = structuredClone(one)
    if (alter(copy as unknown as Case)) return { ...file, cases: [copy] }
  }
  throw new Error('No case was altered.')
}

describe('The recorded misfires', () => {
  test('Every case passes through the table of jobs.', async () => {
    const { failures, passed } = await runVectorFile(misfires())
    assert.deepEqual(failures, [])
    assert.equal(passed, misfires().cases.length)
  })

  const inJobs = (alter: (job: Step['expect']['jobs'][number]) => boolean) => (one: Case) =>
    one.steps.some(({ expect }) => expect.jobs.some(alter))
  const alterations: Readonly<Record<string, (one: Case) => boolean>> = {
    'the first run': ({ jobs: [job] }) =>
      typeof job?.first === 'string' && Boolean((job.first = '2000-01-01T00:00:00Z')),
    'an error': ({ jobs: [job] }) => job?.error === true && delete job.error,
    'what is executed': inJobs(({ executed }) => executed.pop() !== undefined),
    'what is missed': inJobs(({ missed }) => missed.pop() !== undefined),
    'that something is skipped': inJobs((job) => !job.submitted && (job.submitted = true)),
    'that nothing is skipped': inJobs(
      (job) => job.submitted && Reflect.set(job, 'submitted', false),
    ),
    'the next run': inJobs(
      (job) => job.next !== null && Boolean((job.next = '2000-01-01T00:00:00Z')),
    ),
    'a removal': inJobs((job) => job.removed && Reflect.set(job, 'removed', false)),
    'the order of jobs': (one) =>
      one.steps.some(({ expect }) => expect.jobs.length > 1 && expect.jobs.reverse().length > 0),
    'the wait': (one) =>
      one.steps.some(({ expect }) => expect.wait_ms !== null && Boolean((expect.wait_ms += 1))),
    'a job that is due': (one) => one.steps.some(({ expect }) => expect.jobs.pop() !== undefined),
  }
  for (const [what, alter] of Object.entries(alterations)) {
    test(`A case in which ${what} is altered fails.`, async () => {
      assert.equal((await runVectorFile(altered(alter))).failures.length, 1)
    })
  }
})
