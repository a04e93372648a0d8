import { execFile, execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findRedis, type Redis } from './redis.ts'

/** The folder of this package: compiled files lie elsewhere. */
export const benchFolder: string = join(import.meta.dirname, '../../bench')

/** Loads a package that this one installs. The caller says what he uses of it: its types are not here at build time. */
export async function loadPeer<T>(name: string): Promise<T> {
  const url = new URL('../../bench/load-peer.mjs', import.meta.url)
  const loader = (await import(url.href)) as { loadPeer(one: string): Promise<unknown> }
  const peer = (await loader.loadPeer(name)) as { readonly default?: unknown }
  return { ...(peer.default as object | undefined), ...peer } as T
}

/** What there is to measure beside. */
export interface Peers {
  readonly redis: Redis | null
  readonly versions: Readonly<Record<string, string>>
  /** Why a need cannot be had; null when it is there. */
  readonly missing: (need: string) => string | null
  /** Ends what was started for them. */
  end(): Promise<void>
}

/** Of what is needed, installs the packages on first use, finds the rest, and says loudly what is missing. */
export async function findPeers(
  needs: ReadonlySet<string>,
  say: (line: string) => void,
): Promise<Peers> {
  const packages = Object.keys(wantedPeers()).filter((name) => needs.has(name))
  if (packages.length > 0) installPeers(say)
  const python = needs.has('apscheduler') ? await pythonWithApscheduler() : null
  const redis = needs.has('redis') ? await findRedis() : null
  const found = new Map<string, string>()
  for (const name of packages) {
    const version = installedVersion(name)
    if (version !== null) found.set(name, version)
  }
  if (python) found.set('apscheduler', python.version)
  if (redis) found.set('redis', `${redis.version} with hz ${redis.hz ?? 'unknown'}${redis.about}`)
  const missing = (need: string): string | null => (found.has(need) ? null : howToInstall(need))
  for (const need of needs) {
    const why = missing(need)
    if (why !== null) say(`MISSING: ${why}. Its goals are not met.`)
  }
  const end = async (): Promise<void> => redis?.stop()
  return { redis, versions: Object.fromEntries(found), missing, end }
}

/** The version of a package that is installed in this folder; null when none is. */
function installedVersion(name: string): string | null {
  try {
    const text = readFileSync(join(benchFolder, 'node_modules', name, 'package.json'), 'utf8')
    return (JSON.parse(text) as { readonly version: string }).version
  } catch {
    return null
  }
}

/** The packages that this one installs, with the versions it asks for. */
function wantedPeers(): Readonly<Record<string, string>> {
  const text = readFileSync(join(benchFolder, 'package.json'), 'utf8')
  return (JSON.parse(text) as { readonly dependencies: Record<string, string> }).dependencies
}

/** Installs what is missing, or has another version than the lock file's. What cannot be had is missing later. */
function installPeers(say: (line: string) => void): void {
  const wrong = Object.entries(wantedPeers()).filter(
    ([name, version]) => installedVersion(name) !== version,
  )
  if (wrong.length === 0) return
  say(`Installing ${wrong.map((peer) => peer.join(' ')).join(', ')} in bench/ ...`)
  const options = ['ci', '--ignore-scripts', '--no-audit', '--no-fund']
  try {
    execFileSync('npm', options, { cwd: benchFolder, stdio: ['ignore', 'ignore', 'pipe'] })
  } catch (error) {
    say(`npm ci failed in bench/: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** A Python that has APScheduler: Debian's packages are seen by Debian's Python only, which need not be the first. */
export async function pythonWithApscheduler(): Promise<{ python: string; version: string } | null> {
  const program = 'from importlib.metadata import version; print(version("apscheduler"))'
  for (const python of ['python3', '/usr/bin/python3']) {
    try {
      const { stdout } = await promisify(execFile)(python, ['-c', program], { timeout: 20_000 })
      return { python, version: stdout.trim() }
    } catch {
      // This one does not have it, or is not there.
    }
  }
  return null
}

/** What to say of something that is not there. */
function howToInstall(need: string): string {
  if (need === 'apscheduler') {
    return 'APScheduler is not installed: on Debian, apt-get install python3-apscheduler'
  }
  if (need === 'redis') {
    return 'no Redis answers: set REDIS_URL, or install redis-server, which is started when needed'
  }
  return `${need} is not installed: run npm ci in bench/`
}
