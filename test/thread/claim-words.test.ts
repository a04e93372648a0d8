import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ClaimWords } from '../../src/thread/claim-words.ts'

test('A context that is offered is started or taken back, never both.', () => {
  const memory = ClaimWords.newMemory()
  const [server, client] = [new ClaimWords(memory), new ClaimWords(memory)]
  const [first = 0, second = 0] = ClaimWords.firstTickets()
  server.offer(first)
  server.offer(second)
  assert.equal(client.start(first, 12.5), true)
  assert.equal(server.takeBack(first), false)
  assert.equal(server.takeBack(second), true)
  assert.equal(client.start(second, 13), false)
  assert.deepEqual([server.progress(first), server.startedAt(first)], ['started', 12.5])
  assert.equal(client.finish(first, 7), true)
  assert.equal(client.finish(first, 8), false)
  assert.deepEqual([server.progress(first), server.postedBeforeDone(first)], ['done', 7])
})

test('A ticket of an earlier use of its slot is worth nothing.', () => {
  const memory = ClaimWords.newMemory()
  const [server, client] = [new ClaimWords(memory), new ClaimWords(memory)]
  for (const ticket of ClaimWords.firstTickets()) {
    server.offer(ticket)
    assert.equal(server.takeBack(ticket), true)
    const next = ClaimWords.nextTicket(ticket)
    server.offer(next)
    assert.equal(client.start(ticket, 0), false)
    assert.equal(client.isOffered(ticket), false)
    assert.equal(client.start(next, 5), true)
    assert.equal(client.start(ticket, 9), false)
    assert.equal(client.finish(ticket, 9), false)
    assert.deepEqual([server.progress(next), server.startedAt(next)], ['started', 5])
    server.clear(next)
    assert.equal(client.finish(next, 0), false)
  }
})

test('Tickets of a slot come around after a long time, and are never negative.', () => {
  let ticket = 5
  const seen = new Set<number>()
  while (!seen.has(ticket) && seen.size < 2000) {
    seen.add(ticket)
    assert.ok(ticket >= 0 && ticket % 2048 === 5)
    ticket = ClaimWords.nextTicket(ticket)
  }
  assert.equal(seen.size, 2000)
  const last = (2 ** 18 - 1) * 2048 + 5
  assert.equal(ClaimWords.nextTicket(last), 5)
})

test('Whether somebody watches is seen on the other side.', () => {
  const memory = ClaimWords.newMemory()
  const [server, client] = [new ClaimWords(memory), new ClaimWords(memory)]
  assert.equal(client.watched, false)
  server.watched = true
  assert.equal(client.watched, true)
})

test('Whether more waits is seen on the other side.', () => {
  const memory = ClaimWords.newMemory()
  const [server, client] = [new ClaimWords(memory), new ClaimWords(memory)]
  assert.equal(client.moreWaits, false)
  server.moreWaits = true
  assert.deepEqual([client.moreWaits, client.watched], [true, false])
  server.moreWaits = false
  assert.equal(client.moreWaits, false)
})
