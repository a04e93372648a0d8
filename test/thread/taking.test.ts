import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ServerCalls } from '../../src/thread/calls.ts'
import { ClaimWords } from '../../src/thread/claim-words.ts'
import { Taking } from '../../src/thread/taking.ts'
import { TextsBuilder } from '../../src/thread/texts.ts'
import { PlayedLink, playedScheduler } from '../support/played-link.ts'

const clock = { now: () => 0, wall: () => 0 }

test('What was finished is posted before a context that was handed ahead is begun: its death undoes nothing.', () => {
  const words = new ClaimWords(ClaimWords.newMemory())
  // Whoever posts sees how far the next context is.
  const link = new PlayedLink(() => assert.equal(words.progress(0), 'offered'), words)
  const calls = new ServerCalls(link, () => undefined)
  const taking = new Taking(calls, link, clock, playedScheduler, () => undefined)
  const texts = new TextsBuilder()
  texts.push('next', null, '{}')
  words.offer(0)
  const figures = [1, 2, 1, 0, Number.NaN, 0]
  const offers = { taskName: 'work', texts: texts.build(), tickets: [0], figures, offsetMs: 0 }
  taking.receive({ type: 'offers', ...offers })

  // One that was asked for: finished by a call, which is sent at the end of this turn.
  calls.tell('finish', 1)
  assert.equal(taking.takeReady('work')?.id, 'next')
  assert.equal(link.requests.length, 1)
  assert.equal(words.progress(0), 'started')
})

test('Where nothing was handed ahead, what was finished goes with the question for the next, in one message.', async () => {
  const link = new PlayedLink(undefined, new ClaimWords(ClaimWords.newMemory()))
  const calls = new ServerCalls(link, () => undefined)
  const taking = new Taking(calls, link, clock, playedScheduler, () => undefined)
  calls.tell('finish', 1)
  assert.equal(taking.takeAtOnce('work', undefined), null)
  void taking.ask(['work', Infinity], undefined)
  await Promise.resolve()
  assert.deepEqual(
    link.messages.map((requests) => requests.map(({ call }) => call)),
    [['finish', 'getTask']],
  )
})
