import { parseArgs } from 'node:util'
import { leastPasses } from './measurements.ts'
import { questionNames } from './questions.ts'

/** What `npm run bench` was asked to do. */
export interface Arguments {
  /** Empty: all. */
  readonly questions: readonly string[]
  /** Where the report goes. */
  readonly json: string | null
  /** The report whose goals are to be computed again, instead of measuring. */
  readonly check: string | null
  /** Writes the tables and plots of the README and the docs. */
  readonly readme: boolean
  readonly quick: boolean
  readonly passes: number
  readonly help: boolean
}

/** Something that is not understood; the message says what would be. */
export class ArgumentError extends Error {}

export const usage: string = `npm run bench                       all questions, about twenty minutes
npm run bench -- QUESTION ...       some of: ${questionNames.join(', ')}
  -- --json FILE                    also writes the measurements and goals
  -- --check FILE                   measures nothing: computes the goals from such a file again
  -- --readme                       also writes the tables and plots of README.md and docs/; with --check, from its file
  -- --passes N                     ${leastPasses} by default; fewer meet no goal
  -- --quick                        one pass of a tenth of the work: shows that all runs, and is no measurement`

/** @throws {ArgumentError} */
export function parseArguments(args: readonly string[]): Arguments {
  const { values, positionals } = parsed(args)
  const { json = null, check = null, readme, quick, help } = values
  const unknown = positionals.filter((name) => !questionNames.some((known) => known === name))
  if (unknown.length > 0) {
    throw new ArgumentError(
      `Expected questions among ${questionNames.join(', ')}, got ${unknown.join(', ')}.`,
    )
  }
  if (check !== null && (positionals.length > 0 || json !== null || quick)) {
    throw new ArgumentError('--check computes goals again from a file: it takes --readme only.')
  }
  if (readme && check === null && (positionals.length > 0 || quick)) {
    throw new ArgumentError('--readme needs all questions, measured in full.')
  }
  const passes = Number(values.passes ?? (quick ? 1 : leastPasses))
  if (!Number.isInteger(passes) || passes < 1) {
    throw new ArgumentError(`Expected --passes to be a whole number from 1, got ${values.passes}.`)
  }
  return { questions: positionals, json, check, readme, quick, passes, help }
}

interface Parsed {
  readonly positionals: string[]
  readonly values: {
    readonly json?: string
    readonly check?: string
    readonly passes?: string
    readonly readme: boolean
    readonly quick: boolean
    readonly help: boolean
  }
}

function parsed(args: readonly string[]): Parsed {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        json: { type: 'string' },
        check: { type: 'string' },
        passes: { type: 'string' },
        readme: { type: 'boolean', default: false },
        quick: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    throw new ArgumentError(error instanceof Error ? error.message : String(error))
  }
}
