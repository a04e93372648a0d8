import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

/** A directory that is removed after the test. */
export function temporaryDirectory(context: Pick<TestContext, 'after'>): string {
  const path = mkdtempSync(join(tmpdir(), 'ocsp-test-'))
  context.after(() => rmSync(path, { recursive: true, force: true, maxRetries: 5 }))
  return path
}
