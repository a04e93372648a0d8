import type { ResourceLimits, Transferable } from 'node:worker_threads'

/** What an executor is made with. */
export interface ExecutorOptions {
  /** The module that every thread loads; it exports `run`. */
  readonly entry: URL
  readonly threads: number
  readonly resourceLimits?: ResourceLimits
  /** What Node is started with, for loaders. */
  readonly execArgv?: readonly string[]
  readonly env?: Readonly<Record<string, string | undefined>>
}

/**
 * Keeps a number of threads or processes that run one module, and replaces those that die.
 * It knows nothing of what they do.
 */
export interface Executor {
  /** Calls the module's `run(data)` in a free one. Rejects when `run` does, or with what it died of. */
  run(data: object, transferList: readonly Transferable[]): Promise<unknown>
  /** Ends them all; call it when every run has come to its end. */
  close(): Promise<void>
}
