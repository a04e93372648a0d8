import type { ScheduledTaskContext } from 'scheduler-thread'
import type { Ladder } from './failures.ts'

/**
 * The queues of the daemon, and what their contexts carry. The subject of whatever is done about a certificate is its
 * path: it is cancelled by that when the certificate goes away.
 */
export interface StapleQueues {
  /** Looks at the directories, and schedules its next look. About no certificate: no subject. */
  find: Record<string, unknown>
  parse: ParseWork
  renew: RenewWork
  'proxy-add': ProxyWork
  /**
   * What happened, on its way to the main thread, which alone writes to the screen. No subject: it did happen, even if
   * its certificate goes away.
   */
  log: LogEntry
}

/** What the command line decides and a worker thread has to know. Durations are seconds. */
export interface Settings {
  /** A staple is renewed when it is valid for less than this. */
  readonly minimumValidity: number
  /** Multiplies every delay. */
  readonly retryScale: number
  /** After how many tries in a row a certificate is given up; null for the ladders alone. */
  readonly maxTries: number | null
  readonly haproxySocket: string | null
  readonly oneOff: boolean
  /** From the start of one look at the directories to that of the next. */
  readonly refreshInterval: number
}

/** Failures since the last success, of one context: on each ladder. */
export type Failures = Readonly<Record<Ladder, number>>

export const noFailures: Failures = { file: 0, response: 0, responder: 0 }

export function triesOf({ file, response, responder }: Failures): number {
  return file + response + responder
}

export interface Work {
  readonly settings: Settings
  failures: Failures
}

/** A file that may hold a certificate, as the finder saw it. */
export interface FoundFile {
  readonly path: string
  /** Where its staple belongs. */
  readonly staple: string
  /** Another one means that the file changed. */
  readonly version: string
}

export interface ParseWork extends Work {
  readonly file: FoundFile
}

export interface RenewWork extends Work {
  readonly file: FoundFile
  /** The certificate and its issuer, in DER. */
  readonly certificate: Uint8Array
  readonly issuer: Uint8Array
  /** Where its OCSP responders are; at least one. */
  readonly responders: readonly string[]
  /** Whether a staple that is in place, and valid for long enough, will do. */
  readonly mayKeep: boolean
}

export interface ProxyWork extends Work {
  readonly file: FoundFile
}

export type Level = 'debug' | 'info' | 'warning' | 'error'

export interface LogEntry {
  /** What it is about. */
  readonly path: string
  readonly level: Level
  readonly message: string
  /** What this says about the certificate, where it decides about it. */
  readonly outcome?: Outcome
}

/** How it stands with one certificate. */
export type Outcome = 'stapled' | 'revoked' | 'passed over' | 'given up'

/** One context of a queue. */
export type ContextFor<Name extends keyof StapleQueues> = ScheduledTaskContext<
  Name,
  StapleQueues[Name]
>
