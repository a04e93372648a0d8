import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { fixture } from './own-thread.ts'

/** How a program ended. */
export interface ProgramEnd {
  /** Null when it was killed, because it had not ended by itself in time. */
  readonly code: number | null
  readonly lines: string[]
}

/** Runs a fixture as a program of its own, until it ends by itself; after half a minute it has not. */
export function runProgram(name: string, args: readonly string[] = []): Promise<ProgramEnd> {
  return new Promise((resolve) => {
    const file = fileURLToPath(fixture(name))
    const child = execFile(
      process.execPath,
      [file, ...args],
      { timeout: 30_000 },
      (_error, out, err) => {
        resolve({ code: child.exitCode, lines: `${out}${err}`.split('\n').filter(Boolean) })
      },
    )
  })
}
