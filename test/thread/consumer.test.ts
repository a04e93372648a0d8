import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ScheduledTaskContext, stateOf } from '../../src/core/context.ts'
import { SchedulerLostError } from '../../src/core/errors.ts'
import { ServerCalls } from '../../src/thread/calls.ts'
import { SchedulerClient } from '../../src/thread/client.ts'
import { encodeError } from '../../src/thread/wire-error.ts'
import { countOf, tasksOf, type WireTasks } from '../../src/thread/wire-tasks.ts'
import { PlayedLink, playedScheduler } from '../support/played-link.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('Aborting the signal of a consumer whose scheduler was lost is no unhandled rejection.', async () => {
  const link = new PlayedLink((requests) => {
    for (const { id, call } of requests) {
      if (call === 'isEmptyQueue') link.answer({ type: 'value', id, value: true })
    }
  })
  const client = new SchedulerClient(link, {
    clock: { now: () => 0, wall: () => 0 },
    timezone: 'UTC',
  })
  const controller = new AbortController()
  const unhandled: unknown[] = []
  const note = (error: unknown): unknown => unhandled.push(error)
  process.on('unhandledRejection', note)
  await client.consume('work', () => undefined, { signal: controller.signal })
  await turn()
  link.answer({ type: 'ended', error: encodeError(new SchedulerLostError('It died.')) })
  await turn()
  controller.abort()
  await turn()
  await turn()
  process.off('unhandledRejection', note)
  assert.deepEqual(unhandled, [])
})

test('What is added one by one goes in messages that are not too long, and nothing of it is lost.', async () => {
  const link = new PlayedLink()
  const calls = new ServerCalls(link, () => undefined)
  const add = (id: string, cargo: string): Promise<unknown> => {
    const context = new ScheduledTaskContext('work', undefined, undefined, {}, { id })
    const record = { id, taskName: 'work', subjectKey: null, cargo }
    const packed = { record, due: null, epochMs: null, dueMs: 0 }
    return calls.add(packed, stateOf(context), playedScheduler)
  }
  const long = 'x'.repeat(2 ** 23)
  const results = ['a', 'b', 'c', 'd'].map((id) => add(id, long))
  assert.throws(() => add('too much', 'x'.repeat(2 ** 29 - 25)), { code: 'PAYLOAD_INVALID' })
  results.push(add('small', '{"n":1}'))
  await turn()
  const tasks = link.requests.map(({ args }) => args[0] as WireTasks)
  assert.ok(tasks.length > 1 && tasks.every((one) => countOf(one) > 0))
  const ids = tasks.flatMap((one) => tasksOf(one).map(({ record }) => record.id))
  assert.deepEqual(ids, ['a', 'b', 'c', 'd', 'small'])
  for (const [index, { id }] of link.requests.entries()) {
    link.answer({ type: 'added', id, last: id + countOf(tasks[index] as WireTasks) - 1 })
  }
  assert.deepEqual(await Promise.all(results), ['added', 'added', 'added', 'added', 'added'])
})
