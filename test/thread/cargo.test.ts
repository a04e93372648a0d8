import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ScheduledTaskContext, stateOf } from '../../src/core/context.ts'
import { AlikeJson } from '../../src/thread/alike-json.ts'
import { packRecord, unpackDelivery, UnpackError } from '../../src/thread/cargo.ts'
import { OffersAtHand } from '../../src/thread/offers-at-hand.ts'
import type { WireDelivery } from '../../src/thread/protocol.ts'
import { failureOf } from '../../src/thread/taking.ts'
import { TextsBuilder } from '../../src/thread/texts.ts'
import { playedScheduler } from '../support/played-link.ts'

/** The record of a job's run whose subject is an object, after a part of its cargo was spoilt. */
function spoilt(part: string, by: string): WireDelivery['record'] {
  const context = new ScheduledTaskContext('work', { about: 'x' }, null, { n: 1 }, { id: 'run' })
  stateOf(context).jobId = 'job'
  const { cargo, ...record } = packRecord(context)
  const text = cargo as string
  assert.ok(text.includes(part) && part.length === by.length)
  return { ...record, cargo: text.replace(part, by) }
}

/** The context of an `UnpackError`, which came in answer to a question, and of one that was handed ahead. */
function unreadable(record: WireDelivery['record']): UnpackError[] {
  const delivery = { number: 5, attempt: 2, dueMs: 1, queuedMs: 2, takenMs: 3, lateness: 0, record }
  const texts = new TextsBuilder()
  texts.push(record.id, record.subjectKey, record.cargo as string)
  const figures = [1, 5, 2, 0, Number.NaN, 0]
  const offers = { taskName: 'work', texts: texts.build(), tickets: [0], figures, offsetMs: 0 }
  return [
    () => unpackDelivery(delivery, playedScheduler),
    () => new OffersAtHand({ type: 'offers', ...offers }, new AlikeJson()).take(3, playedScheduler),
  ].map((take) => {
    try {
      take()
    } catch (error) {
      if (error instanceof UnpackError) return error
    }
    return assert.fail('It was unpacked.')
  })
}

test('Attributes that cannot be unpacked take nothing else of their context along.', () => {
  for (const { context, cause } of unreadable(spoilt('{"n":1}', '{"n":1?'))) {
    assert.ok(cause instanceof SyntaxError)
    const { id, taskName, subject, attributes, attempt } = context
    const expected = { id: 'run', taskName: 'work', subject: { about: 'x' }, attributes: {} }
    assert.deepEqual({ id, taskName, subject, attributes }, expected)
    assert.equal(attempt, 2)
    assert.deepEqual([context.schedTime, stateOf(context).jobId], [null, 'job'])
  }
})

test('Of a subject that cannot be unpacked nothing is seen, and the job hears of its run.', () => {
  const broken = spoilt(String.raw`{\"about\"`, String.raw`[\"about\"`)
  for (const { context, cause } of unreadable(broken)) {
    const { id, taskName, subject, attributes } = context
    const expected = { id: 'run', taskName: 'work', subject: undefined, attributes: {} }
    assert.deepEqual({ id, taskName, subject, attributes }, expected)
    const { jobId, delivery } = stateOf(context)
    assert.deepEqual([jobId, delivery?.number, delivery?.from], ['job', 5, playedScheduler])
    context.setLastError(cause)
    assert.equal(failureOf(context)?.name, 'SyntaxError')
  }
})

test('Where nothing can be read that is before the attributes, there is still what to finish.', () => {
  for (const { context, cause } of unreadable(spoilt('about', 'ab\nut'))) {
    assert.ok(cause instanceof SyntaxError)
    assert.equal(context.id, 'run')
    const { jobId, delivery } = stateOf(context)
    assert.deepEqual([jobId, delivery?.number], [null, 5])
  }
})
