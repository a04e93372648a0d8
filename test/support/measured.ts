import type { Measurements, Series } from '../../bench/measurements.ts'
import type { Figure, Pass } from '../../bench/question.ts'

/** Tasks of a pass: four thousand of them, for enough in three. */
const samples = 4000

/** Measurements that are better than every goal, as a run on a perfect machine would leave them. */
export function measurementsThatMeetAll(): Measurements {
  return {
    lateness: {
      'setTimeout, re-armed': late(500),
      SchedulerThread: late(80),
      'setTimeout, re-armed, caller busy': late(2500),
      'SchedulerThread, caller busy': late(90),
      'SchedulerThread, 1e6 pending': late(85),
      APScheduler: late(140),
      BullMQ: passes({ usLate: Array.from({ length: samples }, () => 50_000), hz: 10 }),
    },
    throughput: {
      'SchedulerThread, addTasks': passes({ in256PerSecond: 660_000 }),
      'SchedulerThread, addTask': passes({ in256PerSecond: 500_000, oneAwaitedPerSecond: 40_000 }),
      piscina: pool(54_000),
      tinypool: pool(50_000),
      workerpool: pool(32_000),
      poolifier: pool(84_000),
    },
    strict: {
      SchedulerThread: passes({ perSecond: 78_000 }),
      'piscina, one at a time': passes({ perSecond: 54_000 }),
    },
    sync: {
      getTask: passes({ perSecond: 78_000 }),
      getTaskSync: passes({ perSecond: 80_000 }),
    },
    bullmq: {
      SchedulerThread: passes({ perSecond: 660_000 }),
      BullMQ: passes({ perSecond: 7000 }),
    },
    burst: {
      '0 pending': passes({ perSecond: 900_000 }),
      '1e6 pending': passes({ perSecond: 800_000 }),
    },
    mixed: {
      'all short': waited(0.08),
      '1 in 100 takes 50 ms': waited(0.09),
    },
    cancel: {
      core: passes({ bothNsPerTask: 600 }),
      'setTimeout and clearTimeout': passes({ bothNsPerTask: 2700 }),
    },
    subject: {
      '1e5 subjects of 10': passes({ nsPerTask: 130 }),
      'one subject of 1e5': passes({ nsPerTask: 290 }),
    },
    memory: {
      '1e6': passes({ bytesPerTask: 140, scheduled: 1e6 }),
      '1e7': passes({ bytesPerTask: 141, scheduled: 1e7 }),
    },
    growth: {
      '1e5 over an hour': passes({ addAndPopNsPerTask: 200 }),
      '1e7 over an hour': passes({ addAndPopNsPerTask: 400 }),
      '1e5 over a minute': passes({ addAndPopNsPerTask: 200 }),
      '1e7 over a minute': passes({ addAndPopNsPerTask: 300 }),
    },
    'next-time': { CronTrigger: passes({ usPerNextTime: Array.from({ length: 9 }, () => 0.5) }) },
    jobs: {
      '100,000 jobs': passes({ msWaited: Array.from({ length: 850 }, (_, n) => n / 130) }),
    },
    idle: {
      SchedulerThread: passes({ emptySwitches: 0, relativeTimesSwitches: 0 }),
    },
  }
}

/** The same measurements with a figure of a contender changed in every pass. */
export function changed(
  measurements: Measurements,
  [question, contender, figure]: readonly [string, string, string],
  change: (value: number) => number,
): Measurements {
  const series = measurements[question]?.[contender]
  if (!series) throw new Error(`Expected a series of ${contender} in ${question}`)
  const changedFigure = (value: Figure | undefined): Figure =>
    typeof value === 'object' ? value.map((one) => change(one)) : change(value ?? Number.NaN)
  return withSeries(measurements, question, contender, {
    ...series,
    passes: series.passes.map((pass) => ({ ...pass, [figure]: changedFigure(pass[figure]) })),
  })
}

/** The same measurements with another series of a contender. */
export function withSeries(
  measurements: Measurements,
  question: string,
  contender: string,
  series: Series,
): Measurements {
  return { ...measurements, [question]: { ...measurements[question], [contender]: series } }
}

/** Three passes; the middle one is what is asked for. */
export function passes(pass: Pass): Series {
  return { passes: [scaled(pass, 1.05), pass, scaled(pass, 0.97)], failures: [] }
}

/** Counts and settings stay as they are. */
function scaled(pass: Pass, factor: number): Pass {
  const figures = Object.entries(pass).map(([name, figure]): [string, Figure] => {
    if (name === 'hz' || name === 'scheduled') return [name, figure]
    return [name, typeof figure === 'object' ? figure.map((one) => one * factor) : figure * factor]
  })
  return Object.fromEntries(figures)
}

function late(us: number): Series {
  return passes({ usLate: spread(us) })
}

function waited(ms: number): Series {
  return passes({ msWaited: spread(ms) })
}

/** Around a median; the 90th percentile is 1.4 times that. */
function spread(middle: number): number[] {
  return Array.from({ length: samples }, (_, index) => middle * (0.5 + index / samples))
}

function pool(best: number): Series {
  return passes({
    in256PerSecond: best * 0.9,
    inFlight128PerSecond: best,
    oneAwaitedPerSecond: best * 0.7,
  })
}
