import assert from 'node:assert/strict'
import { describe, mock, test } from 'node:test'
import fc from 'fast-check'
import { ByteText } from '../../src/core/byte-text.ts'
import type { IdBytes } from '../../src/core/id-bytes.ts'
import { MarkedBlocks } from '../../src/core/marked-blocks.ts'
import { Scheduler } from '../../src/core/scheduler.ts'
import { TaskBlocks } from '../../src/core/task-blocks.ts'
import { Timetable, type TaskRecord } from '../../src/core/timetable.ts'

function record(id: string, taskName = 'a', subjectKey: string | null = null): TaskRecord {
  return { id, taskName, subjectKey, cargo: null }
}

function idsOf(timetable: Timetable, tasks: Iterable<number>): string[] {
  return [...tasks].map((task) => timetable.idOf(task))
}

function generatedId(index: number): string {
  return `0123abcd-4567-${(index + 1).toString(36)}`
}

function asBytes(ids: readonly string[]): IdBytes {
  let end = 0
  const ends = Int32Array.from(ids, (id) => (end += id.length))
  return { text: new ByteText(Buffer.from(ids.join(''), 'latin1')), ends }
}

/** What the calendar was last said to show more than the clock. */
const offsets = new WeakMap<Timetable, number>()

function follow(timetable: Timetable, offsetMs: number): number {
  offsets.set(timetable, offsetMs)
  return timetable.followWall(offsetMs)
}

function add(
  timetable: Timetable,
  own: TaskRecord,
  due: number | null,
  epochMs: number | null,
): number {
  return timetable.add({ record: own, due, epochMs }, offsets.get(timetable) ?? 0)
}

/** The ids of all there are, in order of release. */
function inOrder(timetable: Timetable): string[] {
  return timetable.entries().map((entry) => entry.record.id)
}

/** When the context of an id is due; undefined if there is none. */
function dueOf(timetable: Timetable, id: string): number | undefined {
  const task = timetable.get(id)
  return task === 0 ? undefined : timetable.due(task)
}

const nothing = {
  contexts: 0,
  queues: 0,
  subjects: 0,
  times: 0,
  parkedQueues: 0,
  idPrefixes: 0,
  absolute: 0,
}

describe('A timetable', () => {
  test('A thousand contexts that are added and cancelled leave nothing behind, in any index.', () => {
    const timetable = new Timetable()
    for (let index = 0; index < 1000; index++) {
      const own = record(`id ${index}`, `queue ${index % 7}`, `subject ${index}`)
      const entry = add(timetable, own, index, null)
      if (index % 3 === 0) timetable.park(entry)
    }
    assert.equal(timetable.size, 1000)
    assert.equal(timetable.indexSizes.contexts, 1000)
    for (let index = 0; index < 1000; index++) {
      const entry = timetable.get(`id ${index}`)
      assert.notEqual(entry, 0)
      timetable.remove(entry)
    }
    assert.deepEqual(timetable.indexSizes, nothing)
    assert.equal(timetable.size, 0)
    assert.equal(timetable.nextDue(), Infinity)
  })

  test('A thousand contexts that come and go one after the other do not, either.', () => {
    const timetable = new Timetable()
    for (let index = 0; index < 1000; index++) {
      timetable.remove(add(timetable, record('one', 'a', `subject ${index}`), index, null))
      assert.deepEqual(timetable.indexSizes, nothing)
    }
  })

  test('It finds an entry by its id, its queue and its subject.', () => {
    const timetable = new Timetable()
    add(timetable, record('1', 'a', 'x'), 10, null)
    add(timetable, record('2', 'b', 'x'), 20, null)
    add(timetable, record('3', 'a', 'y'), 30, null)
    add(timetable, record('4', 'a'), 40, null)
    assert.equal(dueOf(timetable, '2'), 20)
    assert.equal(timetable.get('5'), 0)
    assert.deepEqual(idsOf(timetable, timetable.ofQueue('a')).toSorted(), ['1', '3', '4'])
    assert.deepEqual(idsOf(timetable, timetable.ofSubject('x')), ['1', '2'])
    assert.deepEqual(idsOf(timetable, timetable.ofSubject('null')), [])
    assert.deepEqual(idsOf(timetable, timetable.ofQueue('c')), [])
  })

  test('All of a subject can be removed while they are walked.', () => {
    const timetable = new Timetable()
    for (const id of '123456') add(timetable, record(id, 'a', 'x'), Number(id), null)
    add(timetable, record('7', 'a', 'y'), 7, null)
    for (const entry of timetable.ofSubject('x')) timetable.remove(entry)
    assert.deepEqual(inOrder(timetable), ['7'])
    assert.equal(timetable.indexSizes.subjects, 1)
  })

  test('Whoever looks sees nothing of those that were removed, however few or many they were.', () => {
    for (const count of [1, 63, 64, 65, 200]) {
      for (const idOf of [(index: number) => `id ${index}`, generatedId]) {
        const timetable = new Timetable()
        for (let index = 0; index <= count; index++) {
          add(timetable, record(idOf(index), 'a', `subject ${index % 3}`), index, index * 2)
        }
        for (let index = 0; index < count; index++) {
          assert.equal(timetable.removeId(idOf(index)), true)
          assert.equal(timetable.removeId(idOf(index)), false)
          assert.equal(timetable.get(idOf(index)), 0)
        }
        assert.equal(timetable.size, 1)
        assert.equal(timetable.hasAbsolute, true)
        assert.equal(timetable.scheduledCount('a'), 1)
        assert.equal(timetable.nextDue(), count * 2)
        assert.deepEqual(idsOf(timetable, timetable.ofQueue('a')), [idOf(count)])
        assert.equal(timetable.removeSubject(`subject ${count % 3}`), 1)
        assert.equal(timetable.hasAbsolute, false)
        assert.deepEqual(timetable.indexSizes, nothing)
      }
    }
  })

  test('Very many that were removed and are still to leave are seen by nobody, and leave nothing.', () => {
    const timetable = new Timetable()
    const [count, most] = [40_000, 2 ** 20]
    const keyOf = (index: number): string => `subject ${index % 4000}`
    const queueOf = (index: number): string => `queue ${index % 3}`
    for (let index = 0; index < count; index++) {
      const task = add(
        timetable,
        record(generatedId(index), queueOf(index), keyOf(index)),
        index,
        null,
      )
      if (index % 10 < 2) timetable.park(task)
    }
    const bytes = timetable.bytes
    // Every fifth, the first of all among them, in another order than they were added.
    const gone = Array.from({ length: count / 5 }, (_, n) => ((n * 7919) % (count / 5)) * 5)
    assert.deepEqual(timetable.removeIds(asBytes(gone.map(generatedId))), [])
    const left = Array.from({ length: count }, (_, index) => index).filter((index) => index % 5 > 0)
    assert.equal(timetable.size, left.length)
    for (const queue of [0, 1, 2]) {
      const own = left.filter((index) => index % 3 === queue)
      const parked = own.filter((index) => index % 10 < 2).length
      assert.equal(timetable.scheduledCount(`queue ${queue}`), own.length - parked)
      assert.equal(timetable.parkedCount(`queue ${queue}`), parked)
      assert.equal(timetable.ofQueue(`queue ${queue}`).length, own.length)
    }
    assert.deepEqual(
      timetable.entries(undefined, [keyOf(1)]).map(({ record: { id } }) => id),
      left.filter((index) => index % 4000 === 1).map(generatedId),
    )
    assert.deepEqual(timetable.entries(undefined, [keyOf(5)]), [])
    assert.equal(timetable.removeSubject(keyOf(5)), 0)
    assert.equal(timetable.removeSubject(keyOf(1)), 10)
    assert.equal(timetable.idOf(timetable.firstParked('queue 0')), generatedId(21))
    assert.equal(timetable.nextDue(), 2)
    const rest = left.filter((index) => index % 4000 !== 1).map(generatedId)
    assert.deepEqual(inOrder(timetable), rest)
    for (const id of rest) timetable.remove(timetable.get(id))
    assert.deepEqual(timetable.indexSizes, nothing)
    assert.ok(bytes > most && timetable.bytes <= most)
  })

  test('What is cancelled again and again takes no more memory than a quarter of what stays.', () => {
    const timetable = new Timetable()
    for (let index = 0; index < 50_000; index++) {
      add(timetable, record(generatedId(index), 'a', 'stays'), index, null)
    }
    const bytes = timetable.bytes
    for (let round = 1; round <= 10; round++) {
      const ids = Array.from({ length: 20_000 }, (_, n) => generatedId(50_000 * round + n))
      for (const [n, id] of ids.entries()) add(timetable, record(id, 'a', `${n}`), n + 0.5, null)
      assert.deepEqual(timetable.removeIds(asBytes(ids)), [])
    }
    // The peak: what stays, and in turn 20,000 more while 12,500 are still to leave.
    assert.ok(timetable.bytes < 1.75 * bytes)
  })

  test('Several ids that are removed at once are removed as one after the other.', () => {
    const ids = Array.from({ length: 40 }, (_, n) => (n % 4 === 0 ? `id ${n}` : generatedId(n * 9)))
    const others = ['', 'never', '0123abcd-4567-zzz', '89abcdef-0123-1', '0123abcd-4567-01']
    const one = fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom(...ids) },
      { weight: 1, arbitrary: fc.constantFrom(...others) },
    )
    fc.assert(
      fc.property(fc.array(one, { maxLength: 200 }), fc.nat(3), (gone, parked) => {
        const [together, singly] = [new Timetable(), new Timetable()]
        for (const timetable of [together, singly]) {
          for (const [index, id] of ids.entries()) {
            const epochMs = index % 5 === 0 ? index * 300 : null
            const own = record(id, `queue ${index % 3}`, index % 6 === 0 ? null : `s ${index % 6}`)
            const task = add(timetable, own, index * 100, epochMs)
            if (index % 4 < parked) timetable.park(task)
          }
        }
        assert.deepEqual(
          together.removeIds(asBytes(gone)),
          gone.flatMap((id, index) => (singly.removeId(id) ? [] : [index])),
        )
        // Before anything else looks: of some it is not known everywhere yet that they are gone.
        assert.equal(together.removeSubject('s 1'), singly.removeSubject('s 1'))
        assert.deepEqual(together.entries(), singly.entries())
        for (let index = 0; index < 3; index++) {
          const name = `queue ${index}`
          assert.equal(together.scheduledCount(name), singly.scheduledCount(name))
          assert.equal(together.parkedCount(name), singly.parkedCount(name))
          assert.equal(together.firstParked(name), singly.firstParked(name))
        }
        assert.equal(together.first(), singly.first())
        assert.deepEqual(together.indexSizes, singly.indexSizes)
        assert.equal(ids.length - together.removeIds(asBytes(ids)).length, singly.size)
        assert.deepEqual(together.indexSizes, nothing)
      }),
    )
  })

  test('Ids of several prefixes in one message are told apart.', () => {
    const timetable = new Timetable()
    const id = (prefix: number, count: number): string => `0123abcd-456${prefix}-${count}`
    for (let count = 1; count < 9; count++)
      for (const prefix of [7, 8]) add(timetable, record(id(prefix, count)), 0, null)
    const gone = [id(7, 1), id(8, 2), id(8, 2), id(7, 3), id(9, 4), id(8, 5)]
    assert.deepEqual(timetable.removeIds(asBytes(gone)), [2, 4])
    const left = new Set(inOrder(timetable))
    for (const prefix of [7, 8])
      for (let count = 1; count < 9; count++)
        assert.equal(left.has(id(prefix, count)), !gone.includes(id(prefix, count)))
  })

  test('Of a subject all are removed that are left, also when others have just gone, or there are many.', () => {
    const timetable = new Timetable()
    const ids = Array.from({ length: 80 }, (_, index) => generatedId(index))
    for (const id of ids) add(timetable, record(id, 'a', 's'), 0, null)
    timetable.removeIds(asBytes(ids.slice(0, 10)))
    timetable.removeIds(asBytes(ids.slice(10, 70)))
    assert.equal(timetable.removeSubject('s'), 10)
    assert.deepEqual(timetable.indexSizes, nothing)
    for (let index = 0; index < 200; index++)
      add(timetable, record(generatedId(index), 'a', index % 2 === 0 ? 's' : 'r'), 0, null)
    assert.equal(timetable.removeSubject('s'), 100)
    assert.equal(timetable.entries().length, 100)
  })

  test('The order is that of time and then of adding.', () => {
    const timetable = new Timetable()
    for (const [id, due] of [
      ['1', 30],
      ['2', 10],
      ['3', 30],
      ['4', 10],
      ['5', -5],
    ] as const) {
      add(timetable, record(id), due, null)
    }
    assert.deepEqual(inOrder(timetable), ['5', '2', '4', '1', '3'])
    assert.equal(timetable.nextDue(), -5)
    assert.equal(timetable.idOf(timetable.first()), '5')
  })

  test('What is parked waits for no time, is still known, and keeps its place before its queue.', () => {
    const timetable = new Timetable()
    const late = add(timetable, record('late', 'a', 'x'), 20, null)
    const early = add(timetable, record('early', 'a', 'x'), 10, null)
    const other = add(timetable, record('other', 'b', 'x'), 5, null)
    for (const entry of [late, early, other]) timetable.park(entry)
    assert.equal(timetable.nextDue(), Infinity)
    assert.equal(timetable.firstParked('a'), early)
    assert.equal(timetable.firstParked('b'), other)
    assert.equal(timetable.firstParked('c'), 0)
    assert.deepEqual(inOrder(timetable), ['other', 'early', 'late'])
    assert.deepEqual(idsOf(timetable, timetable.ofSubject('x')), ['late', 'early', 'other'])
    assert.equal(timetable.parkedCount('a'), 2)
    assert.equal(timetable.scheduledCount('a'), 0)
    timetable.remove(early)
    assert.equal(timetable.firstParked('a'), late)
    assert.equal(timetable.indexSizes.parkedQueues, 2)
    timetable.remove(late)
    timetable.remove(other)
    assert.deepEqual(timetable.indexSizes, nothing)
  })
})

test('What was read before its time is forgotten when another context has its place.', () => {
  const timetable = new Timetable()
  const added = (id: string): number => {
    const cargo = new TextEncoder().encode(id)
    const own: TaskRecord = { id, taskName: 'a', subjectKey: null, cargo }
    return timetable.add({ record: own, due: 5, epochMs: null }, 0)
  }
  const first = added('one')
  timetable.prepare()
  assert.equal(timetable.record(first).id, 'one')
  timetable.remove(first)
  const second = added('two')
  assert.equal(second, first)
  assert.deepEqual(timetable.record(second).cargo, new TextEncoder().encode('two'))
})

describe('A timetable and the clock on the wall', () => {
  test('An absolute time is placed by what the calendar shows more than the clock.', () => {
    const timetable = new Timetable()
    follow(timetable, 1_000_000)
    assert.equal(timetable.due(add(timetable, record('1'), null, 1_000_060)), 60)
    assert.equal(timetable.indexSizes.absolute, 1)
  })

  test('Nothing is moved by a difference of a second, and everything absolute by more.', () => {
    for (const direction of [1, -1]) {
      const timetable = new Timetable()
      follow(timetable, 0)
      add(timetable, record('absolute'), null, 10_000)
      add(timetable, record('relative'), 10_000, null)
      assert.equal(follow(timetable, 1000 * direction), 0)
      assert.equal(dueOf(timetable, 'absolute'), 10_000)
      assert.equal(follow(timetable, 1000.5 * direction), 1000.5 * direction)
      assert.equal(dueOf(timetable, 'absolute'), 10_000 - 1000.5 * direction)
      assert.equal(dueOf(timetable, 'relative'), 10_000)
    }
  })

  test('Small differences add up: what counts is the offset by which the times were placed.', () => {
    const timetable = new Timetable()
    follow(timetable, 0)
    add(timetable, record('1'), null, 10_000)
    assert.equal(follow(timetable, 600), 0)
    assert.equal(follow(timetable, 1200), 1200)
    assert.equal(follow(timetable, 1800), 0)
    assert.equal(dueOf(timetable, '1'), 8800)
  })

  test('With nothing absolute the offset is followed without a word.', () => {
    const timetable = new Timetable()
    add(timetable, record('relative'), 5, null)
    assert.equal(follow(timetable, 3_600_000), 0)
    assert.equal(follow(timetable, 3_600_500), 0)
    assert.equal(timetable.due(add(timetable, record('absolute'), null, 3_600_500)), 0)
  })

  test('Moved entries keep their order among equal times.', () => {
    const timetable = new Timetable()
    follow(timetable, 0)
    add(timetable, record('first'), null, 3_600_010)
    add(timetable, record('second'), 10, null)
    add(timetable, record('third'), null, 3_600_010)
    follow(timetable, 3_600_000)
    const order: string[] = []
    for (let task = timetable.first(); task !== 0; task = timetable.first()) {
      order.push(timetable.idOf(task))
      timetable.remove(task)
    }
    assert.deepEqual(order, ['first', 'second', 'third'])
  })

  test('What is parked has had its time, and is not moved any more.', () => {
    const timetable = new Timetable()
    follow(timetable, 0)
    const entry = add(timetable, record('1'), null, 10_000)
    timetable.park(entry)
    assert.equal(timetable.indexSizes.absolute, 0)
    follow(timetable, 3_600_000)
    assert.equal(timetable.due(entry), 10_000)
    timetable.remove(entry)
    assert.equal(timetable.indexSizes.absolute, 0)
  })

  test('However the clock jumps, every absolute time is placed within a second of what the calendar shows.', () => {
    const step = fc.oneof(
      fc.record({ add: fc.nat(100_000) }),
      fc.record({ jump: fc.integer({ min: -5000, max: 5000 }) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const timetable = new Timetable()
        let offset = 0
        let count = 0
        for (const next of steps) {
          if ('jump' in next) offset += next.jump
          follow(timetable, offset)
          if ('add' in next) add(timetable, record(`${++count}`), null, next.add)
          const entries = timetable.entries()
          for (const { due, epochMs } of entries) {
            assert.ok(Math.abs((epochMs ?? 0) - due - offset) <= 1000)
          }
          assert.equal(timetable.nextDue(), entries[0]?.due ?? Infinity)
        }
      }),
    )
  })
})

/** A timetable of so many that are due one after the other. */
function inARow(count: number): Timetable {
  const timetable = new Timetable()
  for (let index = 0; index < count; index++) {
    add(timetable, record(generatedId(index)), index, null)
  }
  return timetable
}

describe('What is still to leave', () => {
  test('All of it leaves by itself, a part at a time.', () => {
    const timetable = inARow(50_000)
    const gone = Array.from({ length: 10_000 }, (_, n) => generatedId(5 * n))
    assert.deepEqual(timetable.removeIds(asBytes(gone)), [])
    let calls = 1
    while (timetable.leaveSome()) calls++
    assert.ok(calls > 10 && calls <= 20, `${calls} calls`)
    assert.equal(timetable.leaveSome(), false)
    assert.equal(timetable.size, 40_000)
    assert.deepEqual(timetable.indexSizes.contexts, 40_000)
  })

  test('No call has all of it leave, even if all of it comes first; what is due is released all the same.', () => {
    let now = 0
    const leaving = mock.method(TaskBlocks.prototype, 'deleteAll')
    const left = (): number => leaving.mock.calls.reduce((sum, call) => sum + call.arguments[3], 0)
    const scheduler = new Scheduler({ now: () => now, wall: () => now })
    scheduler.addQueue('a')
    scheduler.start()
    for (let index = 0; index < 20_000; index++) {
      scheduler.addTasks([{ record: record(generatedId(index)), due: 1000 + index, epochMs: null }])
    }
    for (let index = 0; index < 4000; index++) scheduler.cancelTask(generatedId(index))
    now = 1000 + 4000
    let passes = 0
    do {
      const before = left()
      scheduler.tick()
      passes++
      assert.ok(left() - before <= 1024)
    } while (scheduler.nextWake() <= now)
    assert.ok(passes > 2)
    assert.deepEqual(
      scheduler.queued('a').map(({ record: { id } }) => id),
      [generatedId(4000)],
    )
    // All at once, when that is asked for.
    for (let index = 5000; index < 8000; index++) scheduler.cancelTask(generatedId(index))
    assert.equal(scheduler.runAll(), 20_000 - 4000 - 1 - 3000)
    leaving.mock.restore()
  })

  test('When there are fewer that stay, those that are too many do not leave all at once.', () => {
    const leaving = mock.method(TaskBlocks.prototype, 'deleteAll')
    const left = (): number => leaving.mock.calls.reduce((sum, call) => sum + call.arguments[3], 0)
    const timetable = inARow(20_000)
    const gone = Array.from({ length: 4000 }, (_, n) => generatedId(16_000 + n))
    assert.deepEqual(timetable.removeIds(asBytes(gone)), [])
    for (let index = 0; index < 15_900; index++) timetable.remove(timetable.get(generatedId(index)))
    for (let index = 15_900; index < 15_910; index++) {
      const before = left()
      assert.equal(timetable.removeId(generatedId(index)), true)
      assert.ok(left() - before >= (index < 15_906 ? 512 : 0) && left() - before <= 768)
    }
    assert.equal(timetable.size, 90)
    leaving.mock.restore()
  })

  test('How many are scheduled and parked is the same however many of the others have left since it was asked.', () => {
    const timetable = new Timetable()
    for (let index = 0; index < 2000; index++) {
      const task = add(timetable, record(generatedId(index)), index, null)
      if (index % 3 === 0) timetable.park(task)
    }
    const gone = Array.from({ length: 250 }, (_, n) => 8 * n)
    let [scheduled, parked] = [2000 - 667, 667]
    for (let round = 0; round < 10; round++) {
      const now = gone.splice(0, 25)
      assert.deepEqual(timetable.removeIds(asBytes(now.map(generatedId))), [])
      parked -= now.filter((index) => index % 3 === 0).length
      scheduled -= now.filter((index) => index % 3 !== 0).length
      assert.equal(timetable.scheduledCount('a'), scheduled)
      assert.equal(timetable.parkedCount('a'), parked)
      if (round === 5) {
        // The others of its page leave with it, since it comes first; of other pages none does.
        assert.equal(timetable.removeId(generatedId(1)), true)
        assert.equal(timetable.idOf(timetable.first()), generatedId(2))
        scheduled--
      }
      assert.equal(timetable.scheduledCount('a'), scheduled)
      assert.equal(timetable.parkedCount('a'), parked)
    }
  })

  test('Pages of which nothing is still to leave are not kept for long.', () => {
    const marking = mock.method(MarkedBlocks.prototype, 'markAll')
    const timetable = inARow(2000)
    // It stays marked while others, of another page, come and go.
    assert.equal(timetable.removeId(generatedId(100)), true)
    for (let index = 2000; index < 3000; index++) {
      add(timetable, record(generatedId(index)), -1, null)
      assert.equal(timetable.removeId(generatedId(index)), true)
      assert.equal(timetable.nextDue(), 0)
      const marked = marking.mock.calls[0]?.this as MarkedBlocks
      assert.ok(marked.pageCount <= marked.size + 65)
    }
    marking.mock.restore()
  })

  test('It is little while anything of what is scheduled is kept outside of the blocks.', () => {
    const leaving = mock.method(TaskBlocks.prototype, 'deleteAll')
    for (const cargo of [null, { large: true }]) {
      const timetable = inARow(2000)
      add(timetable, { ...record('other'), cargo }, 0, null)
      leaving.mock.resetCalls()
      const gone = Array.from({ length: 250 }, (_, n) => generatedId(8 * n))
      assert.deepEqual(timetable.removeIds(asBytes(gone)), [])
      const left = leaving.mock.calls.reduce((sum, call) => sum + call.arguments[3], 0)
      assert.ok(cargo === null ? left === 0 : left >= 250 - 64)
    }
    leaving.mock.restore()
  })

  test('That the calendar moved is no news if all that waited for a time of it were cancelled, however many.', () => {
    const timetable = new Timetable()
    follow(timetable, 0)
    const [stay, go] = [80_000, 17_000]
    for (let index = 0; index < stay + go; index++) {
      const isGoing = index >= stay
      add(timetable, record(generatedId(index)), isGoing ? null : 9e6, isGoing ? 9e6 : null)
    }
    const gone = Array.from({ length: go }, (_, n) => generatedId(stay + n))
    assert.deepEqual(timetable.removeIds(asBytes(gone)), [])
    assert.equal(follow(timetable, 5000), 0)
  })

  test('It goes when the next is due later than in a millisecond, and waits otherwise.', () => {
    let now = 999
    const scheduler = new Scheduler({ now: () => now, wall: () => now })
    scheduler.addQueue('a')
    scheduler.start()
    for (let index = 0; index < 8000; index++) {
      scheduler.addTasks([{ record: record(generatedId(index)), due: 1000, epochMs: null }])
    }
    for (let n = 0; n < 1000; n++) scheduler.cancelTask(generatedId(8 * n + 1))
    const leaving = mock.method(TaskBlocks.prototype, 'deleteAll')
    const left = (): number => leaving.mock.calls.reduce((sum, call) => sum + call.arguments[3], 0)
    assert.equal(scheduler.nextWake(), 1000)
    assert.equal(left(), 0)
    now = 900
    assert.equal(scheduler.nextWake(), 902)
    while (scheduler.nextWake() < 1000) continue
    assert.equal(left(), 1000)
    leaving.mock.restore()
  })

  test('Nothing waits for a time of the calendar when all that did were cancelled, a few or hundreds.', () => {
    for (const count of [3, 60, 1500]) {
      const timetable = new Timetable()
      for (let index = 0; index < 6 * count; index++) {
        const isGoing = index % 6 === 5
        add(timetable, record(generatedId(index)), isGoing ? null : 0, isGoing ? 9e6 : null)
      }
      assert.equal(timetable.hasAbsolute, true)
      const gone = Array.from({ length: count }, (_, n) => generatedId(6 * n + 5))
      assert.deepEqual(timetable.removeIds(asBytes(gone)), [])
      assert.equal(timetable.hasAbsolute, false)
    }
  })
})
