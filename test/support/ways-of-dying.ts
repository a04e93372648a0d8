/** How a thread dies in the middle of a task. */
export const ways = ['throw', 'exit', 'terminate', 'heap'] as const
export type Way = (typeof ways)[number]
/** Who started the thread: the test, or `startWorkers`. */
export const origins = ['own', 'group'] as const
export type Origin = (typeof origins)[number]

/**
 * Who is to die how, 40 times each way. `terminate()` needs the `Worker` object, which nobody has of a thread of
 * `startWorkers`: those deaths are all of own threads, and the other ways make up for it, so that each kind of thread
 * dies as often.
 */
const counts: Readonly<Record<Origin, Readonly<Record<Way, number>>>> = {
  own: { throw: 14, exit: 13, terminate: 40, heap: 13 },
  group: { throw: 26, exit: 27, terminate: 0, heap: 27 },
}

/** The deaths of each origin, in turn; the ways mixed. */
export const deaths: Readonly<Record<Origin, readonly Way[]>> = {
  own: mixed(counts.own),
  group: mixed(counts.group),
}
/** How many of each origin die in the first round, and in the second. */
export const deathsInRound = [80, 20] as const

/** Low, so that a thread is soon at its end; half of it was too little for one that Node.js 24 had just started. */
export const mortalLimits = { maxOldGenerationSizeMb: 24, maxYoungGenerationSizeMb: 2 }

/** Each way as evenly spread as its count allows. */
function mixed(counted: Readonly<Record<Way, number>>): Way[] {
  return ways
    .flatMap((way) =>
      Array.from({ length: counted[way] }, (_, n) => ({ way, place: (n + 0.5) / counted[way] })),
    )
    .sort((a, b) => a.place - b.place)
    .map(({ way }) => way)
}
