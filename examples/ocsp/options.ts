import { realpathSync, statSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { reasonOf } from './failures.ts'
import type { Settings } from './queues.ts'

export const usage = `Keeps the OCSP staples of certificates fresh.

  npm start -- [options]

Without --certs it makes a certificate authority and a dozen certificates to
throw away, answers for them on the loopback interface, and keeps theirs fresh.

  --certs DIR                 the certificates in DIR and below, PEM or DER; may
                              be repeated
  --out DIR                   write the staples below DIR, in the same relative
                              paths (FILE.ocsp, beside the certificate)
  --renewal-threads N         how many renew at a time (2)
  --minimum-validity SECONDS  renew a staple when it is valid for less (7200)
  --refresh-interval SECONDS  look at the directories that often (60)
  --haproxy-socket PATH       tell the HAProxy of this stats socket of each staple
  --one-off                   renew each once, and end
  --retries N                 give a certificate up after N tries (3 with
                              --one-off; else as long as the retry ladders go)
  --retry-scale F             multiply every delay by F (1)
  --verbose                   say more
  -h, --help                  this text

Ends with 0, with 1 when an error was logged, with 2 when an option is wrong, and
with 130 when --one-off was interrupted.`

export interface DaemonOptions {
  /** Empty for certificates to throw away. */
  readonly directories: readonly string[]
  /** Null for beside the certificates. */
  readonly out: string | null
  readonly renewalThreads: number
  readonly settings: Settings
  readonly verbose: boolean
}

/** The command line asks for something that there is not. */
export class UsageError extends Error {}

/** What the command line asks for; null when it asks for help. @throws {UsageError} */
export function readOptions(args: string[]): DaemonOptions | null {
  const values = parsed(args)
  if (values.help) return null
  for (const name of ['out', 'haproxy-socket'] as const)
    if (values[name] === '') throw new UsageError(`Expected --${name} to be a path, got nothing.`)
  const oneOff = values['one-off']
  const retries = values.retries ?? (oneOff ? '3' : null)
  return {
    directories: directoriesOf(values.certs),
    out: values.out ?? null,
    renewalThreads: numberOf('renewal-threads', values['renewal-threads'], wholeUpTo(64)),
    settings: {
      refreshInterval: numberOf('refresh-interval', values['refresh-interval'], from(0.1, 86_400)),
      minimumValidity: numberOf(
        'minimum-validity',
        values['minimum-validity'],
        from(0, 31_536_000),
      ),
      retryScale: numberOf('retry-scale', values['retry-scale'], from(0.000_001, 1000)),
      maxTries: retries === null ? null : numberOf('retries', retries, wholeUpTo(1_000_000)),
      haproxySocket: values['haproxy-socket'] ?? null,
      oneOff,
    },
    verbose: values.verbose,
  }
}

/** Each once, whatever it is called. */
function directoriesOf(paths: readonly string[]): string[] {
  const byRealPath = new Map<string, string>()
  for (const path of paths) {
    try {
      if (!statSync(path).isDirectory()) throw new Error('it is a file')
      const real = realpathSync(path)
      if (!byRealPath.has(real)) byRealPath.set(real, path)
    } catch (error) {
      throw new UsageError(`Expected --certs to be a directory, got '${path}': ${reasonOf(error)}.`)
    }
  }
  return [...byRealPath.values()]
}

interface Values {
  readonly certs: string[]
  readonly out?: string
  readonly 'renewal-threads': string
  readonly 'minimum-validity': string
  readonly 'refresh-interval': string
  readonly 'haproxy-socket'?: string
  readonly 'one-off': boolean
  readonly retries?: string
  readonly 'retry-scale': string
  readonly verbose: boolean
  readonly help: boolean
}

function parsed(args: string[]): Values {
  try {
    return parseArgs({
      args,
      options: {
        certs: { type: 'string', multiple: true, default: [] },
        out: { type: 'string' },
        'renewal-threads': { type: 'string', default: '2' },
        'minimum-validity': { type: 'string', default: '7200' },
        'refresh-interval': { type: 'string', default: '60' },
        'haproxy-socket': { type: 'string' },
        'one-off': { type: 'boolean', default: false },
        retries: { type: 'string' },
        'retry-scale': { type: 'string', default: '1' },
        verbose: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

interface Kind {
  readonly name: string
  fits(value: number): boolean
}

function wholeUpTo(most: number): Kind {
  const fits = (value: number): boolean => Number.isInteger(value) && value >= 1 && value <= most
  return { name: `a whole number from 1 to ${most}`, fits }
}

function from(least: number, most: number): Kind {
  const fits = (value: number): boolean => value >= least && value <= most
  return { name: `a number from ${least} to ${most}`, fits }
}

function numberOf(option: string, text: string, kind: Kind): number {
  const value = text.trim() === '' ? Number.NaN : Number(text)
  if (kind.fits(value)) return value
  throw new UsageError(`Expected --${option} to be ${kind.name}, got '${text}'.`)
}
