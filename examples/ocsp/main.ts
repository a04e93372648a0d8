/** Keeps OCSP staples fresh: the command line. */
import { keepStaplesFresh } from './daemon.ts'
import { openDisplay } from './display.ts'
import { readOptions, usage, UsageError, type DaemonOptions } from './options.ts'
import type { Snapshot } from './snapshot.ts'
import { summary } from './summary.ts'
import { openThrowaway } from './throwaway.ts'

/** What a shell says of a command that Ctrl-C ended. */
const interrupted = 130

/** The command line: gives the exit code. */
async function main(args: string[]): Promise<number> {
  // Listened to from the start: Ctrl-C ends it cleanly, and once more at once.
  const enough = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => (enough.signal.aborted ? process.exit(interrupted) : enough.abort()))
  }
  const options = readOptions(args)
  if (options === null) {
    console.log(usage)
    return 0
  }
  if (options.directories.length > 0) return run(options, enough.signal)

  await using throwaway = await openThrowaway(enough.signal)
  console.log(throwaway.introduction)
  const status = await run({ ...options, directories: [throwaway.directory] }, enough.signal)
  console.log(throwaway.farewell(options.out))
  return status
}

async function run(options: DaemonOptions, enough: AbortSignal): Promise<number> {
  const display = openDisplay()
  let last: Snapshot
  try {
    last = await keepStaplesFresh(options, display, enough)
  } finally {
    display.close()
  }
  console.log(summary(last))
  if (last.journal.counts.error > 0) return 1
  // Ctrl-C is how the daemon ends; a one-off run that it ended has not done what it was to do.
  return options.settings.oneOff && enough.aborted ? interrupted : 0
}

// Somebody who has seen enough, such as head, closes the pipe.
process.stdout.on('error', () => process.exit(1))
try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  if (error instanceof UsageError) {
    console.error(error.message)
    console.error('See npm start -- --help')
    process.exitCode = 2
  } else if (error instanceof Error && error.name === 'AbortError') {
    process.exitCode = interrupted
  } else {
    throw error
  }
}
