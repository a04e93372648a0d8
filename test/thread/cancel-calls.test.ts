import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { ScheduledTaskContext } from '../../src/core/context.ts'
import { joinCancels } from '../../src/thread/cancel-calls.ts'
import { InlineScheduler } from '../../src/thread/inline-scheduler.ts'
import type { Request } from '../../src/thread/protocol.ts'
import { idBytesOf, idsOf, packIds } from '../../src/thread/wire-ids.ts'

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
})
