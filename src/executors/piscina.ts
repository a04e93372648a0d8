import { fileURLToPath } from 'node:url'
import type { Transferable } from 'node:worker_threads'
import { Piscina } from 'piscina'
import type { Executor, ExecutorOptions } from './executor.ts'

/** Threads, kept by piscina: one run per thread at a time. */
export class PiscinaExecutor implements Executor {
  readonly #pool: Piscina

  constructor(options: ExecutorOptions) {
    const { entry, threads, resourceLimits, execArgv, env } = options
    this.#pool = new Piscina({
      filename: fileURLToPath(entry),
      name: 'run',
      minThreads: threads,
      maxThreads: threads,
      idleTimeout: Infinity,
      // A thread must stay in its event loop between runs: there is only one run.
      atomics: 'disabled',
      ...(resourceLimits && { resourceLimits: { ...resourceLimits } }),
      ...(execArgv && { execArgv: [...execArgv] }),
      ...(env && { env: definedOnly(env) }),
    })
    // A thread that dies without a run: its replacement takes the next one, and nothing is lost.
    this.#pool.on('error', () => undefined)
  }

  run(data: object, transferList: readonly Transferable[]): Promise<unknown> {
    return this.#pool.run(data, { transferList: [...transferList] as never })
  }

  async close(): Promise<void> {
    await this.#pool.destroy()
  }
}

function definedOnly(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const defined: Record<string, string> = {}
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined) defined[name] = value
  }
  return defined
}
