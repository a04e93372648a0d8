import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { gunzipSync } from 'node:zlib'

/** A file of golden vectors: cases of one kind, computed by somebody else. */
export interface VectorFile {
  readonly name: string
  /** What its fields mean, in words; its beginning tells the kind. */
  readonly format: string
  readonly cases: readonly VectorCase[]
}

export interface VectorCase {
  readonly id: string
}

/** The kinds there are, by how their description begins. */
const kindsByFormat = {
  'Operation traces of a queue scheduler': 'scheduler-traces',
  'Fire times of APScheduler-style cron': 'cron-apscheduler',
  'Crontab expressions': 'cron-crontab',
  'Interval trigger': 'interval',
  'Date trigger': 'date',
  'Calendar-interval trigger': 'calendar-interval',
  'Which run times a scheduler executes': 'misfire',
  'Minute matching of pyramid_cron': 'pyramid-cron',
} as const

export type VectorKind = (typeof kindsByFormat)[keyof typeof kindsByFormat]

/** The kind of a file; undefined for a format that nobody here knows. */
export function kindOf({ format }: VectorFile): VectorKind | undefined {
  return Object.entries(kindsByFormat).find(([beginning]) => format.startsWith(beginning))?.[1]
}

/** Where the vectors are: `VECTORS_DIR`, or those of the repository. */
export function vectorsFolder(): string {
  return process.env['VECTORS_DIR'] ?? join(import.meta.dirname, '../../../test/vectors')
}

/** All files of a folder, plain or gzipped JSON. */
export function readVectorFiles(folder: string): VectorFile[] {
  return readdirSync(folder)
    .filter((name) => /\.json(\.gz)?$/.test(name))
    .toSorted()
    .map((name) => parseVectorFile(name, readFileSync(join(folder, name))))
}

function parseVectorFile(name: string, bytes: Uint8Array): VectorFile {
  const text = name.endsWith('.gz') ? gunzipSync(bytes).toString() : Buffer.from(bytes).toString()
  const { format, cases } = parsed(name, text)
  if (typeof format !== 'string' || !Array.isArray(cases)) {
    throw new TypeError(`Expected ${name} to have a format and cases.`)
  }
  return { name: basename(name), format, cases }
}

function parsed(name: string, text: string): Partial<VectorFile> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : {}
  } catch (error) {
    throw new TypeError(`Expected ${name} to be JSON.`, { cause: error })
  }
}
