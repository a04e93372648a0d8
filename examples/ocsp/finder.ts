import { readdir, realpath, stat } from 'node:fs/promises'
import { dirname, extname, join, relative } from 'node:path'
import { versionOf } from './certificate.ts'
import { reasonOf } from './failures.ts'
import type { FoundFile } from './queues.ts'

/** What lies beside certificates and is none, by the names that HAProxy and openssl use. */
const companions = new Set(['.ocsp', '.issuer', '.key', '.sctl', '.csr', '.srl', '.cnf', '.ext'])

/** Whether a file of this name may hold a certificate. */
export function isCandidate(name: string): boolean {
  return !name.startsWith('.') && !companions.has(extname(name).toLowerCase())
}

/** What changed between two looks. */
export interface Difference {
  readonly appeared: readonly FoundFile[]
  readonly changed: readonly FoundFile[]
  readonly disappeared: readonly string[]
  /** Those that the look before did not have. */
  readonly problems: readonly Problem[]
}

/** What could not be looked at, or has no place for its staple. */
export interface Problem {
  readonly path: string
  readonly reason: string
}

/** An index of directories of certificates. */
export class Finder {
  readonly #directories: readonly string[]
  readonly #out: string | null
  #known = new Map<string, FoundFile>()
  #problems = new Set<string>()

  /** `out`: where the staples go, in the same relative path; null for beside the certificates. */
  constructor(directories: readonly string[], out: string | null) {
    this.#directories = directories
    this.#out = out
  }

  /** How many files there were at the last look. */
  get size(): number {
    return this.#known.size
  }

  /** Looks at every file of the directories and below. */
  async look(): Promise<Difference> {
    const found = new Map<string, FoundFile>()
    const problems: Problem[] = []
    for (const directory of this.#directories) {
      for await (const path of this.#filesBelow(directory, problems)) {
        const version = await versionOf(path)
        if (version !== null)
          found.set(path, { path, version, staple: this.#staple(directory, path) })
        else await noteAway(dirname(path), problems)
      }
    }
    // A file system that is away for a while does not mean that its certificates are.
    for (const { path: directory } of problems)
      for (const file of this.#known.values())
        if (isBelow(directory, file.path)) found.set(file.path, file)
    problems.push(...withoutRivals(found))
    const [before, problemsBefore] = [this.#known, this.#problems]
    this.#known = found
    this.#problems = new Set(problems.map(textOf))
    const files = [...found.values()]
    return {
      appeared: files.filter(({ path }) => !before.has(path)),
      changed: files.filter(({ path, version }) => {
        const known = before.get(path)
        return known !== undefined && known.version !== version
      }),
      disappeared: [...before.keys()].filter((path) => !found.has(path)),
      problems: problems.filter((problem) => !problemsBefore.has(textOf(problem))),
    }
  }

  /**
   * Every file that may hold a certificate, in order; links are followed, a directory is entered once. One that cannot
   * be is a problem, and the others are looked at.
   */
  async *#filesBelow(
    directory: string,
    problems: Problem[],
    seen: Set<string> = new Set(),
  ): AsyncGenerator<string> {
    let names: string[]
    try {
      const real = await realpath(directory)
      if (seen.has(real)) return
      seen.add(real)
      names = (await readdir(directory)).filter(isCandidate)
    } catch (error) {
      problems.push({ path: directory, reason: reasonOf(error) })
      return
    }
    for (const name of names.sort()) {
      const path = join(directory, name)
      const kind = await stat(path).catch(() => null)
      if (kind?.isDirectory()) yield* this.#filesBelow(path, problems, seen)
      else if (kind?.isFile()) yield path
      else if (kind === null && (await noteAway(directory, problems))) return
    }
  }

  #staple(directory: string, path: string): string {
    return `${this.#out === null ? path : join(this.#out, relative(directory, path))}.ocsp`
  }
}

/** A file that was listed and is gone: perhaps its directory went, and that is the problem. */
async function noteAway(directory: string, problems: Problem[]): Promise<boolean> {
  try {
    await readdir(directory)
    return false
  } catch (error) {
    problems.push({ path: directory, reason: reasonOf(error) })
    return true
  }
}

function textOf({ path, reason }: Problem): string {
  return `${path}: ${reason}`
}

function isBelow(directory: string, path: string): boolean {
  return !relative(directory, path).startsWith('..')
}

/** Under `--out` two certificates may have the same place for their staples: the first keeps it. */
function withoutRivals(found: Map<string, FoundFile>): Problem[] {
  const owners = new Map<string, string>()
  const problems: Problem[] = []
  for (const { path, staple } of found.values()) {
    const owner = owners.get(staple)
    if (owner === undefined) owners.set(staple, path)
    else {
      found.delete(path)
      problems.push({ path, reason: `passed over, its staple would be that of ${owner}` })
    }
  }
  return problems
}
