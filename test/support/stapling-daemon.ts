import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('../../examples/ocsp/main.js', import.meta.url))
/** Whatever is waited for has come by then, also on a machine that does many other things. */
const longestMs = 60_000

/** How the daemon ended. */
export interface DaemonEnd {
  /** Null when a signal killed it. */
  readonly code: number | null
  /** The signal that did. */
  readonly signal: NodeJS.Signals | null
  /** What it said at the end, after the last line of status. */
  readonly summary: string
}

interface Waiting {
  readonly pattern: RegExp
  readonly resolve: (line: string) => void
}

/** The OCSP stapling daemon of the examples, as a process of its own, its output piped. */
export class StaplingDaemon implements AsyncDisposable {
  /** What it printed, in order; what it said of certificates and what it printed as status are apart. */
  readonly said: string[] = []
  readonly printed: string[] = []
  readonly ended: Promise<DaemonEnd>
  readonly #child: ChildProcess
  readonly #waiting = new Set<Waiting>()

  constructor(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    const inherited = { ...process.env }
    // Its coverage is not asked for, and would not be written when it is killed.
    delete inherited['NODE_V8_COVERAGE']
    const child = spawn(process.execPath, [program, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...inherited, ...env },
    })
    this.#child = child
    const keep = (lines: string[]) => (line: string) => {
      lines.push(line)
      this.#tell(line)
    }
    createInterface(child.stdout).on('line', keep(this.printed))
    createInterface(child.stderr).on('line', keep(this.said))
    this.ended = once(child, 'close').then(([code, signal]) => {
      const last = this.printed.findLastIndex((line) => / files=/.test(line))
      return { code, signal, summary: this.printed.slice(last + 1).join('\n') }
    })
  }

  /** Runs it until it ends by itself. */
  static async run(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<FinishedDaemon> {
    await using daemon = new StaplingDaemon(args, env)
    const end = await daemon.#within(daemon.ended, 'its end')
    return { ...end, said: daemon.said, printed: daemon.printed }
  }

  get pid(): number {
    const { pid } = this.#child
    if (pid === undefined) throw new Error('The daemon was not started.')
    return pid
  }

  /** What it said, and what it printed last. */
  get output(): string {
    return [...this.said, ...this.printed.slice(-3)].join('\n')
  }

  /** Resolves with the next line like this, of those that come from now on. */
  next(pattern: RegExp): Promise<string> {
    let waiting: Waiting | null = null
    const line = new Promise<string>((resolve) => {
      waiting = { pattern, resolve }
      this.#waiting.add(waiting)
    })
    return this.#within(line, String(pattern)).finally(
      () => waiting && this.#waiting.delete(waiting),
    )
  }

  /** Resolves with the first line like this, of those that have come or will. */
  async line(pattern: RegExp): Promise<string> {
    const known = [...this.said, ...this.printed].find((line) => pattern.test(line))
    return known ?? this.next(pattern)
  }

  /** Sends a signal, and gives how it ended. */
  async end(signal: NodeJS.Signals = 'SIGINT'): Promise<DaemonEnd> {
    this.signal(signal)
    return this.#within(this.ended, `its end by ${signal}`)
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.signal('SIGKILL')
    await this.ended
  }

  #tell(line: string): void {
    for (const { pattern, resolve } of this.#waiting) if (pattern.test(line)) resolve(line)
  }

  /** @throws {Error} that shows its output, when it ends or time runs out before */
  async #within<Value>(awaited: Promise<Value>, what: string): Promise<Value> {
    const over = new AbortController()
    const late = new Promise<string>((resolve) => {
      const timer = setTimeout(() => resolve('time ran out'), longestMs)
      over.signal.addEventListener('abort', () => clearTimeout(timer))
    })
    const missed = Symbol('missed')
    const outcome = await Promise.race([
      awaited,
      late.then(() => missed),
      this.ended.then(() => missed),
    ])
    over.abort()
    if (outcome !== missed) return outcome as Value
    throw new Error(`${what} was expected of the daemon, which said:\n${this.output}`)
  }
}

/** A daemon that has ended. */
export interface FinishedDaemon extends DaemonEnd {
  readonly said: readonly string[]
  readonly printed: readonly string[]
}

/** Whatever a daemon said about one file: what follows its name, with its level before. */
export function saidOf(said: readonly string[], path: string): string[] {
  return said.flatMap((line) => {
    const [, level, about, message] = /^\S+ (\w+): (.*?): (.*)$/.exec(line) ?? []
    return about === path ? [`${level}: ${message}`] : []
  })
}
