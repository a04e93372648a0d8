import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { Holder, type Delivery, type TrayMemory } from '../../src/core/delivery.ts'
import { TaskDoneError } from '../../src/core/errors.ts'
import type { RecordRun, TaskRecords } from '../../src/core/record-run.ts'
import { Scheduler } from '../../src/core/scheduler.ts'
import type { NewTask, TaskRecord } from '../../src/core/task-record.ts'

/** What a dead consumer held goes behind what lies before another, where it had lain before. */
const deathBehindAnother = [
  { verb: 'add', pick: 64 },
  { verb: 'take', pick: 71 },
  { verb: 'add', pick: 1 },
  { verb: 'die', pick: 29 },
  { verb: 'start', pick: 0 },
]

/** What a consumer hears of a delivery. */
interface Heard {
  readonly number: number
  readonly record: TaskRecord
}

/** A consumer, and the memory it shares with the core: what a client and its words are together. A ticket is a number. */
class Consumer extends Holder implements TrayMemory {
  /** What it was handed, in order, and has not started. */
  line: Heard[] = []
  readonly at = new Map<number, number>()
  readonly states = new Map<number, 'offered' | 'started' | 'done'>()
  tickets = 1000
  /** Called when something is taken back, for it may be at work just then. */
  onTakenBack: () => void = () => undefined
  watched = false
  more = false

  override get trayMemory(): TrayMemory {
    return this
  }

  offer(delivery: Delivery): boolean {
    if (!this.#hear(delivery)) return false
    delivery.ticket = delivery.number
    return true
  }

  offerRun({ records, start, count, number }: RecordRun): readonly number[] {
    const heard = Array.from({ length: count }, (_, index) => {
      return { number: number + index, record: records.at(start + index) }
    }).filter((one) => this.#hear(one))
    return heard.map((one) => one.number)
  }

  takeBack(ticket: number): boolean {
    if (this.states.get(ticket) !== 'offered') return false
    this.forget(ticket)
    // Put there again it has the same number: where it lay before it is skipped, as a ticket of its own would have it.
    this.line = this.line.filter(({ number }) => number !== ticket)
    this.onTakenBack()
    return true
  }

  progress(ticket: number): 'offered' | 'started' | 'done' {
    return this.states.get(ticket) ?? 'started'
  }

  startedAt(ticket: number): number {
    return this.at.get(ticket) ?? 0
  }

  forget(ticket: number): void {
    this.states.delete(ticket)
  }

  watch(on: boolean): void {
    this.watched = on
  }

  moreWaits(on: boolean): void {
    this.more = on
  }

  /** Starts the first that it was handed and still has. */
  start(at = 0): Heard | null {
    for (let first = this.line.shift(); first; first = this.line.shift()) {
      if (this.states.get(first.number) !== 'offered') continue
      this.states.set(first.number, 'started')
      this.at.set(first.number, at)
      return first
    }
    return null
  }

  finish(heard: Heard | null): void {
    assert.ok(heard)
    if (this.states.has(heard.number)) this.states.set(heard.number, 'done')
  }

  #hear({ number, record }: Heard): boolean {
    if (this.states.size >= this.tickets) return false
    this.states.set(number, 'offered')
    this.line.push({ number, record })
    return true
  }
}

class World {
  now = 1000
  readonly scheduler = new Scheduler({ now: () => this.now, wall: () => this.now })
  readonly #inRuns: boolean

  /** Adds contexts in runs, or one by one. */
  constructor(inRuns: boolean, maxSize = 0) {
    this.#inRuns = inRuns
    this.scheduler.addQueue('a', maxSize)
    this.scheduler.start()
  }

  add(...ids: readonly string[]): void {
    const tasks = ids.map((id) => task(id))
    if (!this.#inRuns || !this.scheduler.addRun(recordsOf(tasks))) this.scheduler.addTasks(tasks)
    this.scheduler.handAhead()
  }

  /** Asks for a context as a client does, and finishes it if it says so; gives its id. */
  take(holder: Holder): Delivery | null {
    this.scheduler.follow()
    let taken: Delivery | null = null
    const settle = { resolve: (one: Delivery) => (taken = one), reject: () => undefined }
    this.scheduler.getTask('a', holder, -Infinity, settle)
    this.scheduler.handAhead()
    return taken
  }

  /** A consumer that has shown to be fast: before it lies as much of the queue as it gets. */
  fast(): Consumer {
    const consumer = new Consumer()
    for (let round = 0; round < 5; round++) {
      this.scheduler.addTasks([task(`warm ${round}`)])
      const one = this.take(consumer)
      assert.ok(one)
      this.scheduler.finish(one.number, consumer)
    }
    return consumer
  }

  get stats(): readonly number[] {
    this.scheduler.follow()
    const { queued = -1, taken = -1, done = -1 } = this.scheduler.stats().queues['a'] ?? {}
    return [queued, taken, done]
  }

  get queued(): string[] {
    return idsOf(this.scheduler.queued('a'))
  }
}

function task(id: string, due: number | null = null): NewTask {
  const record = { id, taskName: 'a', subjectKey: `string:${id}`, cargo: null }
  return { record, due, epochMs: null }
}

function recordsOf(tasks: readonly NewTask[]): TaskRecords {
  const at = (index: number): TaskRecord => (tasks[index] ?? task('none')).record
  return { taskName: 'a', count: tasks.length, at }
}

function idsOf(deliveries: readonly Heard[]): string[] {
  return deliveries.map(({ record }) => record.id)
}

for (const inRuns of [false, true]) {
  describe(`Trays, of contexts that came ${inRuns ? 'together' : 'one by one'}`, () =>
    suite(inRuns))
}

function suite(inRuns: boolean): void {
  test('Nothing is put before a consumer that asks for the first time, nor before a slow one.', () => {
    const world = new World(inRuns)
    const consumer = new Consumer()
    world.add('1', '2', '3', '4')
    const first = world.take(consumer)
    assert.deepEqual(consumer.line, [])
    world.now += 5
    world.scheduler.finish(first?.number ?? 0, consumer)
    const second = world.take(consumer)
    assert.deepEqual(consumer.line, [])
    world.now += 0.1
    world.scheduler.finish(second?.number ?? 0, consumer)
    world.take(consumer)
    assert.deepEqual(idsOf(consumer.line), ['4'])
  })

  test('What lies on a tray is queued, until its consumer starts it.', () => {
    const world = new World(inRuns, 6)
    const consumer = world.fast()
    world.add('1', '2', '3')
    assert.deepEqual(idsOf(consumer.line), ['1', '2', '3'])
    assert.deepEqual(world.stats, [3, 0, 5])
    assert.deepEqual(world.queued, ['1', '2', '3'])
    assert.equal(world.scheduler.isEmptyQueue('a'), false)
    assert.throws(() => world.add('4', '5', '6', '7'), { code: 'QUEUE_FULL' })
    const first = consumer.start(world.now + 2)
    assert.deepEqual(world.stats, [2, 1, 5])
    assert.equal(world.scheduler.takenOfSubject('string:1')[0]?.takenAt, world.now + 2)
    world.add('4', '5', '6', '7')
    consumer.finish(first)
    assert.deepEqual(world.stats, [6, 0, 6])
    assert.equal(world.scheduler.stats().totals.done, 6)
  })

  test('What is started there makes room for those who wait for it.', () => {
    const world = new World(inRuns, 2)
    const consumer = world.fast()
    world.add('1', '2')
    world.scheduler.addTasks([task('parked', world.now)])
    world.scheduler.tick()
    const results: unknown[] = []
    const settle = { resolve: (result: unknown) => results.push(result), reject: assert.fail }
    world.scheduler.addTasksWhenRoom([task('late')], Infinity, settle)
    consumer.start()
    world.scheduler.follow()
    assert.deepEqual(world.queued, ['2', 'parked'])
    consumer.finish(consumer.start())
    world.scheduler.handAhead()
    assert.deepEqual(world.queued, ['parked', 'late'])
    assert.deepEqual(results, [['added']])
  })

  test('It can be cancelled there, and no longer when it was started.', () => {
    const world = new World(inRuns)
    const consumer = world.fast()
    world.add('1', '2', '3')
    consumer.start()
    assert.equal(world.scheduler.cancelTask('1', true), false)
    assert.equal(world.scheduler.cancelTask('2', true), true)
    assert.equal(world.scheduler.cancelBySubject('string:3', true), 1)
    assert.equal(consumer.start(), null)
    assert.deepEqual(world.stats, [0, 1, 5])
    assert.equal(world.scheduler.stats().totals.cancelled, 2)
  })

  test('Another consumer that asks gets it when there is nothing else; one and the same gets its own first.', () => {
    const world = new World(inRuns)
    const consumer = world.fast()
    const other = new Consumer()
    world.add('1', '2', '3', '4')
    assert.equal(consumer.start()?.record.id, '1')
    assert.equal(world.take(other)?.record.id, '2')
    assert.equal(world.take(consumer)?.record.id, '3')
    assert.equal(world.take(new Holder())?.record.id, '4')
    assert.equal(world.take(other), null)
    assert.equal(consumer.start(), null)
    assert.deepEqual(world.stats, [0, 4, 5])
  })

  test('When its consumer dies, what is finished stays so, and what only lay there is unchanged and in order.', () => {
    const world = new World(inRuns)
    const consumer = world.fast()
    world.add('1', '2', '3', '4', '5')
    consumer.finish(consumer.start())
    consumer.start()
    world.scheduler.follow()
    world.add('6')
    world.scheduler.giveBackAll(consumer)
    assert.deepEqual(world.stats, [5, 0, 6])
    assert.deepEqual(
      world.scheduler.queued('a').map(({ record, attempt }) => [record.id, attempt]),
      [
        ['2', 2],
        ['3', 1],
        ['4', 1],
        ['5', 1],
        ['6', 1],
      ],
    )
  })

  test('With its queue it is dropped, and what was started may be finished once.', () => {
    const world = new World(inRuns)
    const consumer = world.fast()
    world.add('1', '2', '3')
    const started = consumer.start()
    world.scheduler.removeQueue('a')
    assert.equal(consumer.start(), null)
    assert.equal(world.scheduler.stats().totals.dropped, 3)
    const number = started?.number ?? 0
    world.scheduler.finish(number, consumer)
    assert.throws(() => world.scheduler.finish(number, consumer), TaskDoneError)
    world.scheduler.addQueue('a')
    world.add('4')
    assert.equal(world.take(consumer)?.record.id, '4')
  })

  test('A scheduler that stops takes it back, and puts nothing there any more.', () => {
    const world = new World(inRuns)
    const consumer = world.fast()
    world.add('1', '2')
    consumer.start()
    world.scheduler.stopHandingOut()
    world.scheduler.handAhead()
    assert.equal(consumer.start(), null)
    assert.deepEqual(world.stats, [1, 1, 5])
    assert.equal(consumer.watched, false)
  })

  test('It goes back to its queue when nothing happens there for long; before, it is watched.', () => {
    const world = new World(inRuns)
    const consumer = world.fast()
    world.add('1', '2', '3')
    assert.equal(consumer.watched, true)
    consumer.start()
    world.scheduler.follow()
    for (let look = 0; look < 20; look++) world.scheduler.trays.takeBackStalled()
    world.scheduler.handAhead()
    assert.equal(consumer.watched, false)
    assert.equal(world.scheduler.trays.watching, false)
    assert.equal(consumer.start(), null)
    assert.deepEqual(world.queued, ['2', '3'])
    assert.deepEqual(world.stats, [2, 1, 5])
  })

  test('A consumer that goes on while it is taken back starts nothing before what is in front of it.', () => {
    const world = new World(inRuns)
    const consumer = world.fast()
    const ids = Array.from({ length: 9 }, (_, n) => `${n}`)
    world.add(...ids)
    const started: string[] = []
    consumer.onTakenBack = () => {
      const one = consumer.start()
      if (one) started.push(one.record.id)
    }
    for (let look = 0; look < 20; look++) world.scheduler.trays.takeBackStalled()
    assert.deepEqual(started, ['0', '1', '2', '3'])
    assert.deepEqual(world.queued, ['4', '5', '6', '7', '8'])
  })

  test('Its consumer is to ring for more only while there is more, or somebody may wait for room.', () => {
    const world = new World(inRuns)
    const consumer = world.fast()
    consumer.tickets = 2
    world.add('1', '2')
    assert.equal(consumer.more, false)
    world.add('3')
    assert.equal(consumer.more, true)
    consumer.finish(consumer.start())
    world.scheduler.handAhead()
    consumer.finish(consumer.start())
    consumer.finish(consumer.start())
    world.scheduler.handAhead()
    assert.equal(consumer.more, false)
    assert.deepEqual(world.stats, [0, 0, 8])
    const bounded = new World(inRuns, 5)
    const other = bounded.fast()
    bounded.add('1')
    assert.equal(other.more, true)
  })

  test('Who has no ticket left gets the rest by asking.', () => {
    const world = new World(inRuns)
    const consumer = world.fast()
    consumer.tickets = 2
    world.add('1', '2', '3')
    assert.deepEqual(idsOf(consumer.line), ['1', '2'])
    assert.deepEqual(world.queued, ['1', '2', '3'])
  })

  test('Several fast consumers get a share each.', () => {
    const world = new World(inRuns)
    const consumers = [world.fast(), world.fast()]
    world.add('1', '2', '3', '4')
    assert.deepEqual(
      consumers.map(({ line }) => idsOf(line)),
      [
        ['1', '2'],
        ['3', '4'],
      ],
    )
  })

  test('Whatever is done, each context is in one place, and only a death has one run again.', () => {
    const verb = fc.constantFrom(
      'add',
      'take',
      'start',
      'finish',
      'cancel',
      'die',
      'stall',
      'pause',
    )
    const step = fc.record({ verb, pick: fc.nat(99) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
        const world = new World(inRuns)
        const consumers = [world.fast(), world.fast(), world.fast()]
        const hands = consumers.map((): Heard[] => [])
        const runs = new Map<string, number>()
        const deaths = new Map<string, number>()
        let added = 0
        let finished = 15
        let cancelled = 0
        const begins = (who: number, one: Heard | null): void => {
          if (!one) return
          hands[who]?.push(one)
          runs.set(one.record.id, (runs.get(one.record.id) ?? 0) + 1)
        }
        for (const { verb: what, pick } of steps) {
          const who = pick % consumers.length
          const consumer = consumers[who]
          const held = hands[who]
          assert.ok(consumer && held)
          world.scheduler.follow()
          if (what === 'add') world.add(...Array.from({ length: pick % 9 }, () => `${added++}`))
          if (what === 'take') begins(who, world.take(consumer))
          if (what === 'start') begins(who, consumer.start(world.now))
          if (what === 'pause') world.now += pick / 50
          if (what === 'stall') world.scheduler.trays.takeBackStalled()
          if (what === 'cancel' && world.scheduler.cancelTask(`${pick}`, true)) cancelled++
          if (what === 'finish') {
            const [one] = held.splice(0, 1)
            if (!one) continue
            finished++
            if (consumer.states.has(one.number)) consumer.finish(one)
            else world.scheduler.finish(one.number, consumer)
          }
          if (what === 'die') {
            for (const { record } of held.splice(0))
              deaths.set(record.id, (deaths.get(record.id) ?? 0) + 1)
            world.scheduler.giveBackAll(consumer)
            consumer.line = []
          }
          world.scheduler.follow()
          world.scheduler.handAhead()
          const inHands = hands.flat().length
          const [queued = 0, taken, done] = world.stats
          assert.deepEqual([taken, done], [inHands, finished])
          assert.equal(queued, added + 15 - inHands - finished - cancelled)
          // Who lists them has all of them made.
          if (inRuns && pick % 4 > 0) continue
          const numbers = world.scheduler.queued('a').map(({ number }) => number)
          assert.equal(numbers.length, queued)
          assert.deepEqual(
            numbers,
            numbers.toSorted((a, b) => a - b),
          )
        }
        for (const [id, count] of runs) assert.ok(count <= 1 + (deaths.get(id) ?? 0), id)
      }),
      { numRuns: 300, examples: [[deathBehindAnother]] },
    )
  })
}
