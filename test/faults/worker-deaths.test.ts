import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { inspect } from 'node:util'
import { percentile, quantiles } from '../support/figures.ts'
import type { LedgerEntry } from '../support/ledger.ts'
import { deathsInRound, origins, ways } from '../support/ways-of-dying.ts'
import { groupThreads, ownThreads, Workforce, type Death } from '../support/workforce.ts'

const timeout = 300_000
const promisedMs = 250
const tasks = 10_000
const threads = ownThreads + groupThreads
const killsPerOrigin = deathsInRound[0] + deathsInRound[1]
const killsAlone = deathsInRound[0] * origins.length
const kills = killsPerOrigin * origins.length

/**
 * What is measured, for every death:
 *
 *     the thread writes         the watcher sees          the next taker writes
 *     'dying', and dies         its socket close          'started', attempt 2
 *          ├───── the dying itself ─────┼───────────────────────┤
 *          │                            └ closing to taken again ┘
 *          └────────────── death to taken again ─────────────────┘
 *
 * A thread's socket closes in the same clean-up as its ports. The watcher is a thread with nothing else to do, but it
 * must wake up to write, as the supervisor must to hear the port: so the second figure may be too short by that, and
 * the first is too long by the dying itself, most of all at the heap limit. The truth of "from the closing of the
 * connection to the next taking" is between the two. Both are printed; what is judged is the counts, for the
 * machine may be busy.
 */
test(
  'Four workers die 200 times, in four ways, over 10,000 tasks: none is lost, and each death costs one run again.',
  { timeout },
  async (t) => {
    await using force = await Workforce.start(tasks)
    const { ledger, scheduler } = force
    let added = 0
    const numbers = (count: number): number[] => Array.from({ length: count }, () => added++)

    // Round 0: one at a time, with idle workers present.
    while (force.kills < killsAlone) {
      await force.add(numbers(20))
      await scheduler.join('work')
      await force.idle()
      await force.add(numbers(1), () => 0)
      await scheduler.join('work')
    }
    // Round 1: as they come, several at once, with tasks waiting.
    while (force.kills < kills) {
      await force.idle()
      await force.add(numbers(80), (task) => (task % 10 === 0 ? 1 : null))
      await scheduler.join('work')
    }
    assert.ok(added < tasks, 'The deaths took more tasks than there are.')
    await force.add(numbers(tasks - added))
    await scheduler.join('work')
    await force.idle()
    await ledger.until('closed', kills)

    const deaths = force.deaths()
    const alone = deaths.slice(0, killsAlone)
    const crowded = deaths.slice(killsAlone)
    const histories = historiesOf(ledger.entries())
    print(t, 'with idle workers', alone, histories)
    print(t, 'under load', crowded, histories)
    const measured = percentile(
      alone.map(({ takenAgainAt, closedAt }) => takenAgainAt - closedAt),
      0.99,
    )
    t.diagnostic(
      `promised: taken again within ${promisedMs} ms of the closing, with an idle worker present, at the 99th ` +
        `percentile; measured: ${measured.toFixed(2)} ms${measured > promisedMs ? ', WHICH IS MORE' : ''}`,
    )

    for (const [way, name] of ways.entries()) {
      assert.equal(alone.filter((death) => death.way === way).length, 40, name)
    }
    for (const origin of origins) {
      assert.equal(deaths.filter((death) => death.origin === origin).length, killsPerOrigin, origin)
    }
    const killed = new Set(deaths.map(({ task }) => task))
    for (let task = 0; task < tasks; task++) {
      const expected = killed.has(task)
        ? 'started 1, dying, started 2, finished'
        : 'started 1, finished'
      assert.equal(histories.get(task), expected, `task ${task}`)
    }

    // The group's threads were replaced, each with a warning; own threads are the test's to start again.
    assert.equal(force.lives('group'), groupThreads + killsPerOrigin)
    assert.equal(force.lives('own'), force.ownStarts)
    assert.equal(force.ownStarts, ownThreads + killsPerOrigin)
    const said = force.logger.entries.filter(({ level }) => level === 'warn' || level === 'error')
    const unexpected = said.filter(({ message }) => !message.includes('replaced'))
    assert.deepEqual(unexpected, [])
    assert.equal(said.length, killsPerOrigin, inspect(said))
    for (const { level } of said) assert.equal(level, 'warn')

    const { queues, totals } = await scheduler.stats()
    const { scheduled, parked, queued, taken, done, consumers } = queues['work'] ?? {}
    assert.deepEqual([scheduled, parked, queued, taken, done], [0, 0, 0, 0, tasks])
    assert.equal(consumers, threads)
    assert.deepEqual(totals, { added: tasks, replaced: 0, done: tasks, cancelled: 0, dropped: 0 })
    await force.endGroup()
    assert.equal(await force.waiting(), ownThreads)
    assert.deepEqual(await force.end(), [0, 0])
    await ledger.until('closed', force.lives('own') + force.lives('group'))
  },
)

test(
  'Threads that are terminated at any moment whatever cost at most one run again each.',
  { timeout },
  async (t) => {
    const terminations = 60
    const perKill = 100
    const total = terminations * perKill
    await using force = await Workforce.start(total)
    const { ledger, scheduler } = force
    await force.idle()
    for (let kill = 0; kill < terminations; kill++) {
      await force.add(Array.from({ length: perKill }, (_, task) => kill * perKill + task))
      await ledger.until('started', (kill + 0.5) * perKill)
      force.terminateOne()
      await ledger.until('born', threads + force.kills)
    }
    await scheduler.join('work')
    await force.idle()

    const entries = ledger.entries()
    const histories = historiesOf(entries)
    const runs = entries.filter(({ event }) => event === 'started')
    const finished = new Set(entries.filter(({ event }) => event === 'finished').map((e) => e.task))
    const { totals } = await scheduler.stats()
    t.diagnostic(
      `${terminations} kills over ${total} tasks: lost ${total - finished.size}, runs again ${runs.length - total}`,
    )
    assert.equal(finished.size, total)
    assert.ok(runs.length - total <= terminations, `${runs.length - total} runs again`)
    for (const [task, history] of histories) {
      // One run after the other, each of a later attempt.
      const attempts = [...history.matchAll(/started (\d)/g)].map(([, attempt]) => Number(attempt))
      assert.deepEqual(
        attempts,
        [...new Set(attempts)].sort((a, b) => a - b),
        `task ${task}`,
      )
    }
    assert.deepEqual(totals, { added: total, replaced: 0, done: total, cancelled: 0, dropped: 0 })
  },
)

/** What happened to each task, in words. */
function historiesOf(entries: readonly LedgerEntry[]): Map<number, string> {
  const histories = new Map<number, string>()
  for (const { event, life, task, value } of entries) {
    if (event === 'born' || event === 'closed' || life < 0) continue
    const earlier = histories.get(task)
    const step = event === 'started' ? `started ${value}` : event
    histories.set(task, earlier === undefined ? step : `${earlier}, ${step}`)
  }
  return histories
}

function print(
  t: TestContext,
  when: string,
  deaths: readonly Death[],
  histories: ReadonlyMap<number, string>,
): void {
  for (const [way, name] of [...ways.entries(), [null, 'all'] as const]) {
    const those = deaths.filter((death) => way === null || death.way === way)
    const own = those.filter(({ origin }) => origin === 'own').length
    const stories = those.map(({ task }) => histories.get(task) ?? '')
    const again = stories.map((story) => story.split('started 2').length - 1)
    const done = stories.map((story) => story.split('finished').length - 1)
    t.diagnostic(
      `${name}, ${when}: ${those.length} kills (${own} of own threads, ${those.length - own} of a group), ` +
        `${sum(again)} delivered again, ${done.filter((n) => n === 0).length} lost, ` +
        `${done.filter((n) => n > 1).length} duplicates`,
    )
    t.diagnostic(
      `  death to taken again:   ${quantiles(those.map((d) => d.takenAgainAt - d.diedAt))}`,
    )
    t.diagnostic(
      `  closing to taken again: ${quantiles(those.map((d) => d.takenAgainAt - d.closedAt))}`,
    )
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0)
}
