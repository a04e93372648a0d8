import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ClaimWords } from '../../src/thread/claim-words.ts'
import { ServerCalls, type ClientLink } from '../../src/thread/calls.ts'
import type { Request } from '../../src/thread/protocol.ts'
import { Taking } from '../../src/thread/taking.ts'
import { TextsBuilder } from '../../src/thread/texts.ts'

test('What was finished is posted before a context that was handed ahead is begun: its death undoes nothing.', () => {
  const words = new ClaimWords(ClaimWords.newMemory())
  const clock = { now: () => 0, wall: () => 0 }
  const posted: Request[] = []
  const link: ClientLink = {
    // Whoever posts sees how far the next context is.
    post: (requests) => {
      assert.equal(words.progress(0), 'offered')
      posted.push(...requests)
    },
    receive: () => undefined,
    keepAlive: () => undefined,
    close: () => undefined,
    posted: 0,
    words,
    ring: () => undefined,
  }
  const calls = new ServerCalls(link, () => undefined)
  const scheduler = {
    addTask: () => Promise.resolve('added' as const),
    cancelTask: () => Promise.resolve(true),
    cancelBySubject: () => Promise.resolve(0),
  }
  const taking = new Taking(calls, link, clock, scheduler, () => undefined)
  const texts = new TextsBuilder()
  texts.push('next', null, '{}')
  words.offer(0)
  const figures = [1, 2, 1, 0, Number.NaN, 0]
  const offers = { taskName: 'work', texts: texts.build(), tickets: [0], figures, offsetMs: 0 }
  taking.receive({ type: 'offers', ...offers })

  // One that was asked for: finished by a call, which is sent at the end of this turn.
  calls.tell('finish', 1)
  assert.equal(taking.takeReady('work')?.id, 'next')
  assert.equal(posted.length, 1)
  assert.equal(words.progress(0), 'started')
})

test('Where nothing was handed ahead, what was finished goes with the question for the next, in one message.', async () => {
  const posted: (readonly Request[])[] = []
  const link: ClientLink = {
    post: (requests) => posted.push(requests),
    receive: () => undefined,
    keepAlive: () => undefined,
    close: () => undefined,
    posted: 0,
    words: new ClaimWords(ClaimWords.newMemory()),
    ring: () => undefined,
  }
  const calls = new ServerCalls(link, () => undefined)
  const scheduler = {
    addTask: () => Promise.resolve('added' as const),
    cancelTask: () => Promise.resolve(true),
    cancelBySubject: () => Promise.resolve(0),
  }
  const clock = { now: () => 0, wall: () => 0 }
  const taking = new Taking(calls, link, clock, scheduler, () => undefined)
  calls.tell('finish', 1)
  assert.equal(taking.takeAtOnce('work', undefined), null)
  void taking.ask(['work', Infinity], undefined)
  await Promise.resolve()
  assert.deepEqual(
    posted.map((requests) => requests.map(({ call }) => call)),
    [['finish', 'getTask']],
  )
})
