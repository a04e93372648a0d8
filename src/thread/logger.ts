/** Where the package says what happens. A logger such as pino's or the console fits. */
export interface Logger {
  debug(message: string, details?: Readonly<Record<string, unknown>>): void
  info(message: string, details?: Readonly<Record<string, unknown>>): void
  warn(message: string, details?: Readonly<Record<string, unknown>>): void
  error(message: string, details?: Readonly<Record<string, unknown>>): void
}

export type LogLevel = keyof Logger

/** The same logger, whose own errors harm nobody but are told. */
export function guarded(logger: Logger): Logger {
  const say =
    (level: LogLevel) =>
    (message: string, details?: Readonly<Record<string, unknown>>): void => {
      try {
        logger[level](message, details)
      } catch (error) {
        toConsole('error', `The logger threw at: ${message}`, error)
      }
    }
  return { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') }
}

const silent = (): void => undefined

/** The default: warnings and errors go to the console, the rest nowhere. */
export const consoleLogger: Logger = {
  debug: silent,
  info: silent,
  warn: (message, details) => toConsole('warn', message, details),
  error: (message, details) => toConsole('error', message, details),
}

function toConsole(level: 'warn' | 'error', message: string, details: unknown): void {
  const line = `[scheduler-thread] ${message}`
  if (details === undefined) console[level](line)
  else console[level](line, details)
}
