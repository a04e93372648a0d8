import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { ScheduledTaskContext } from '../../src/core/context.ts'
import type { SchedulerError } from '../../src/core/errors.ts'
import { Scheduler } from '../../src/core/scheduler.ts'
import { ServerCalls } from '../../src/thread/calls.ts'
import { joinCancels } from '../../src/thread/cancel-calls.ts'
import { InlineScheduler } from '../../src/thread/inline-scheduler.ts'
import type { Request } from '../../src/thread/protocol.ts'
import { idAt, idBytesOf, packIds, type WireIds } from '../../src/thread/wire-ids.ts'
import { PlayedLink } from '../support/played-link.ts'
import { RecordingLogger } from '../support/recording-logger.ts'

const anyId = fc.oneof(
  fc.constantFrom('a', '', 'é', '名', '\ud800', '0123abcd-4567-zz'),
  fc.string({ unit: 'binary', maxLength: 5 }),
)

/** Calls as they are made in a turn, mostly such as only cancel. */
const calls = fc.array(
  fc.oneof(
    { weight: 9, arbitrary: anyId.map((id) => ['cancelTask', id, false] as const) },
    { weight: 1, arbitrary: anyId.map((id) => ['cancelTask', id, true] as const) },
    { weight: 1, arbitrary: fc.constant(['tick'] as const) },
  ),
  { maxLength: 30 },
)

function idsOf(wire: WireIds): string[] {
  return Array.from(wire.ends, (_, index) => idAt(wire, index))
}

/** The calls that a joined one stands for. */
function apart(request: Request): Request[] {
  if (request.call !== 'cancelEach') return [request]
  const [ids] = request.args
  assert.ok(ids.ends.length >= 4)
  return idsOf(ids).map((id, index) => ({
    id: request.id + index,
    call: 'cancelTask',
    args: [id, false],
  }))
}

describe('Calls that cancel one after the other', () => {
  test('They travel as one, and stand for the same calls in the same order.', () => {
    fc.assert(
      fc.property(calls, fc.nat(40), (made, gap) => {
        const requests = made.map(([call, ...args], index) => {
          // What nobody waits for has no id; and a call may have been withdrawn before it was made.
          const id = index === gap ? 0 : index > gap ? index + 2 : index + 1
          return { id, call, args } as Request
        })
        const joined = joinCancels(requests)
        assert.deepEqual(joined.flatMap(apart), requests)
        for (const [index, request] of joined.entries()) {
          const others = joined.slice(index, index + 4)
          const couldBeOne = others.every(
            ({ id, call, args }, place) =>
              call === 'cancelTask' && !args[1] && id !== 0 && id === request.id + place,
          )
          assert.ok(others.length < 4 || !couldBeOne)
        }
      }),
    )
  })

  test('Ids are put together and taken apart again, whatever is in them.', () => {
    fc.assert(
      fc.property(fc.array(anyId), (ids) => {
        const wire = structuredClone(packIds(ids))
        assert.deepEqual(idsOf(wire), ids)
        const isLatin1 = ids.every((id) => /^[\0-\xff]*$/.test(id))
        const bytes = idBytesOf(wire)
        assert.equal(bytes !== null, isLatin1)
        if (bytes) {
          const text = Buffer.from(bytes.text.bytes.subarray(0, wire.text.length))
          assert.equal(text.toString('latin1'), ids.join(''))
        }
      }),
    )
  })

  for (const heard of [false, true]) {
    const listened = heard ? 'somebody hears of each' : 'nobody hears of each'
    test(`Each is answered for itself, as when it is made alone: ${listened}.`, async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.uniqueArray(anyId.filter(Boolean), { maxLength: 20 }),
          fc.array(fc.nat(25), { maxLength: 40 }),
          async (ids, chosen) => {
            await using together = new InlineScheduler({ queues: ['q'] })
            await using singly = new InlineScheduler({ queues: ['q'] })
            const events: string[] = []
            if (heard) together.on('taskCancelled', ({ id }) => void events.push(id))
            for (const scheduler of [together, singly])
              await scheduler.addTasks(
                ids.map((id, n) => new ScheduledTaskContext('q', n, 60, undefined, { id })),
              )
            const gone = chosen.map((index) => ids[index] ?? `none ${index}`)
            const answers = await Promise.all(gone.map((id) => together.cancelTask(id)))
            const expected: boolean[] = []
            for (const id of gone) expected.push(await singly.cancelTask(id))
            assert.deepEqual(answers, expected)
            assert.deepEqual(events, heard ? gone.filter((_, index) => answers[index]) : [])
            const left = await together.getScheduled()
            const leftSingly = await singly.getScheduled()
            assert.deepEqual(
              left.map(({ id }) => id),
              leftSingly.map(({ id }) => id),
            )
            assert.equal((await together.stats()).totals.cancelled, expected.filter(Boolean).length)
          },
        ),
        { numRuns: 50 },
      )
    })
  }

  for (const quiet of [true, false]) {
    const together = quiet ? 'looked for together' : 'cancelled one by one'
    test(`Where it fails for some that are ${together}, each of these is told.`, async (t) => {
      await using inline = new InlineScheduler({ queues: ['q'], logger: new RecordingLogger() })
      await inline.start()
      await inline.addTasks(
        ['a', 'b', 'c', 'd'].map((id) => new ScheduledTaskContext('q', id, 60, undefined, { id })),
      )
      if (!quiet) inline.on('taskCancelled', () => undefined)
      const single = t.mock.method(Scheduler.prototype, 'cancelTask', (id: string) => {
        if (id !== 'c') throw new TypeError('unexpected')
        return true
      })
      const several = t.mock.method(Scheduler.prototype, 'cancelTasks', () => {
        throw new TypeError('unexpected')
      })
      const outcomes = ['a', 'b', 'c', 'd'].map((id) =>
        inline.cancelTask(id).catch((error: unknown) => (error as SchedulerError).code),
      )
      const failed = 'SCHEDULER_ERROR'
      assert.deepEqual(
        await Promise.all(outcomes),
        quiet ? [failed, failed, failed, failed] : [failed, failed, true, failed],
      )
      single.mock.restore()
      several.mock.restore()
      assert.deepEqual(await Promise.all(['a', 'b', 'c', 'd'].map((id) => inline.cancelTask(id))), [
        true,
        true,
        true,
        true,
      ])
    })
  }

  test('Where there is no memory for the bytes of their ids, each is told.', async (t) => {
    await using inline = new InlineScheduler({ queues: ['q'], logger: new RecordingLogger() })
    const failing = t.mock.method(Buffer, 'from', () => {
      throw new RangeError('Array buffer allocation failed')
    })
    const outcomes = ['a', 'b', 'c', 'x'.repeat(300_000)].map((id) =>
      inline.cancelTask(id).catch((error: unknown) => (error as SchedulerError).code),
    )
    assert.deepEqual(await Promise.all(outcomes), Array(4).fill('SCHEDULER_ERROR'))
    failing.mock.restore()
    assert.equal(await inline.cancelTask('a'), false)
  })

  test('A long text of ids has all of them.', () => {
    const ids = ['a', 'x'.repeat(300_000), 'b']
    const bytes = idBytesOf(packIds(ids))
    assert.ok(bytes)
    assert.deepEqual([...bytes.ends], [1, 300_001, 300_002])
    assert.equal(Buffer.from(bytes.text.bytes.subarray(300_000, 300_002)).toString(), 'xb')
  })

  test('What cannot travel together travels alone.', () => {
    const refuses = (requests: readonly Request[]): boolean =>
      requests.length > 1 || requests[0]?.call === 'cancelEach'
    const link = new PlayedLink((requests) => {
      if (refuses(requests)) throw new Error('This cannot be cloned.')
    })
    // Put together, they are longer than a text may be.
    const long = 'x'.repeat(2 ** 28)
    for (const ids of [
      ['a', 'b', 'c', 'd'],
      ['a', long, long, 'b'],
    ]) {
      const posted = link.requests.length
      const made = new ServerCalls(link, () => undefined)
      for (const id of ids) made.call('cancelTask', [id, false]).catch(() => undefined)
      made.flush()
      const alone = link.requests.slice(posted)
      assert.deepEqual(
        alone.map(({ call }) => call),
        Array(4).fill('cancelTask'),
      )
    }
  })
})
