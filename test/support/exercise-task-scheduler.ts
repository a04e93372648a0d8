import { describe, test, type TestContext } from 'node:test'
import { schedulerCases, type CaseTools } from './scheduler-cases.ts'

/** Runs a case somewhere: the tools are of an implementation's own making. */
export type CaseRunner = (title: string, t: TestContext) => Promise<void>

/** Runs every case of the conformance suite, each on a scheduler of its own, by whatever runs one. */
export function exerciseTaskScheduler(implementation: string, run: CaseRunner): void {
  describe(implementation, () => {
    for (const { title } of schedulerCases) {
      test(title, (t) => run(title, t))
    }
  })
}

/** Runs one case with these tools. */
export async function runCase(title: string, tools: CaseTools): Promise<void> {
  const found = schedulerCases.find((one) => one.title === title)
  if (!found) throw new Error(`Expected a case of the suite, got '${title}'.`)
  await found.run(tools)
}
