import { statSync } from 'node:fs'
import { parseArgs } from 'node:util'

export const usage = `Checks every root certificate that Node.js trusts, in worker threads, and again
at half of its remaining life.

  npm start -- [options]

  --certs DIR        instead, the certificates in DIR and below: *.pem, *.crt and
                     *.cer, PEM or DER; may be repeated
  --spread SECONDS   spread the first checks over this time (5)
  --threads N        worker threads (2)
  --distrust NAME    when all are checked, cancel the next checks of what issuers
                     signed whose name contains NAME (the one that signed most)
  --watch            go on until Ctrl-C, and have a year pass in two seconds
  -h, --help         this text

Exits with 0 when every certificate was checked, with 1 when not, and with 2
when an option is wrong.`

export interface WatchOptions {
  /** Empty for what Node.js trusts. */
  readonly directories: readonly string[]
  readonly spreadSeconds: number
  readonly threads: number
  /** Null for the organisation with the most certificates. */
  readonly distrust: string | null
  readonly watch: boolean
}

/** The command line asks for something that there is not. */
export class UsageError extends Error {}

/** What the command line asks for; null when it asks for help. @throws {UsageError} */
export function readOptions(args: string[]): WatchOptions | null {
  const values = parsed(args)
  if (values.help) return null
  if (values.distrust === '') throw new UsageError('Expected --distrust to be a name, got nothing.')
  for (const directory of values.certs) {
    if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true)
      throw new UsageError(`Expected --certs to be a directory, got '${directory}'.`)
  }
  return {
    directories: values.certs,
    spreadSeconds: numberOf('spread', values.spread, 0, 86_400),
    threads: numberOf('threads', values.threads, 1, 64, 'a whole number'),
    distrust: values.distrust ?? null,
    watch: values.watch,
  }
}

interface Values {
  readonly certs: string[]
  readonly spread: string
  readonly threads: string
  readonly distrust?: string
  readonly watch: boolean
  readonly help: boolean
}

function parsed(args: string[]): Values {
  try {
    return parseArgs({
      args,
      options: {
        certs: { type: 'string', multiple: true, default: [] },
        spread: { type: 'string', default: '5' },
        threads: { type: 'string', default: '2' },
        distrust: { type: 'string' },
        watch: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

function numberOf(
  option: string,
  text: string,
  least: number,
  most: number,
  kind: 'a number' | 'a whole number' = 'a number',
): number {
  const value = text.trim() === '' ? Number.NaN : Number(text)
  const fits = value >= least && value <= most && (kind === 'a number' || Number.isInteger(value))
  if (fits) return value
  throw new UsageError(
    `Expected --${option} to be ${kind} from ${least} to ${most}, got '${text}'.`,
  )
}
