import type { Logger, LogLevel } from '../../src/thread/logger.ts'

export interface LogEntry {
  readonly level: LogLevel
  readonly message: string
  readonly details: Readonly<Record<string, unknown>>
}

/** A logger that keeps what it is told, and lets a test wait for it. */
export class RecordingLogger implements Logger {
  readonly entries: LogEntry[] = []
  readonly #waiting = new Set<() => void>()

  debug(message: string, details = {}): void {
    this.#record('debug', message, details)
  }

  info(message: string, details = {}): void {
    this.#record('info', message, details)
  }

  warn(message: string, details = {}): void {
    this.#record('warn', message, details)
  }

  error(message: string, details = {}): void {
    this.#record('error', message, details)
  }

  /** Resolves with the first entry whose message matches. */
  async logged(pattern: RegExp): Promise<LogEntry> {
    for (;;) {
      const found = this.entries.find(({ message }) => pattern.test(message))
      if (found) return found
      await new Promise<void>((resolve) => this.#waiting.add(resolve))
    }
  }

  #record(level: LogLevel, message: string, details: Readonly<Record<string, unknown>>): void {
    this.entries.push({ level, message, details })
    for (const resolve of this.#waiting) resolve()
    this.#waiting.clear()
  }
}
