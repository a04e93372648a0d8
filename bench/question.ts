/** How a run was asked for; the same in every process of it. */
export interface Settings {
  /** A tenth of the work, to see that all runs. Its figures are no measurement. */
  readonly quick: boolean
  /** Where Redis answers; null when none does. */
  readonly redisUrl: string | null
  /** How often a second that Redis looks whether somebody has waited long enough; null when unknown. */
  readonly redisHz: number | null
}

/** What was noted: a number, or a list of samples. The name says the unit. */
export type Figure = number | readonly number[]

/** What one pass of a contender gave, by name. */
export type Pass = Readonly<Record<string, Figure>>

/** One way to do what a question asks about. It runs in a process of its own, once in every pass. */
export interface Contender {
  readonly name: string
  /** What it needs that may not be there: its goals are not met then. */
  readonly needs?: readonly string[]
  /** Flags of Node.js for its process. */
  readonly flags?: readonly string[]
  /** For what hardly varies, or is only shown: the first pass is enough. @default false */
  readonly once?: boolean
  /** After this it is ended, and has failed. @default 90 */
  readonly limitSeconds?: number
  run(settings: Settings): Promise<Pass>
}

/** A file of `questions/`: what is asked, and who answers. Contenders take turns, pass by pass. */
export interface Question {
  readonly name: string
  readonly asks: string
  readonly contenders: readonly Contender[]
}

/** How much work is left in a quick run. */
export function amount(settings: Settings, full: number): number {
  return settings.quick ? Math.max(1, Math.round(full / 10)) : full
}
