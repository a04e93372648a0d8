import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Clock } from '../../src/core/clock.ts'
import { stateOf } from '../../src/core/context.ts'
import { ClaimWords } from '../../src/thread/claim-words.ts'
import type { Connection } from '../../src/thread/connection.ts'
import { HandedAhead } from '../../src/thread/handed-ahead.ts'
import { OpenQuestions } from '../../src/thread/open-questions.ts'
import type { FromServer, Request, WireDelivery } from '../../src/thread/protocol.ts'
import { SchedulerServer } from '../../src/thread/server.ts'
import { TaskBatch } from '../../src/thread/wire-tasks.ts'

/** A server and its clients, without threads: who posts is dealt with when `flush` is called. */
class House {
  now = 1000
  readonly clock: Clock = { now: () => this.now, wall: () => this.now }
  readonly server = new SchedulerServer(
    this.clock,
    { work: 0, other: 0 },
    { misfireGraceMs: null, coalesce: true, maxInstances: 1 },
    new OpenQuestions([], () => undefined),
  )
  readonly owner = new Client(this)

  constructor() {
    this.owner.call('start')
  }
}

class Client {
  readonly house: House
  readonly memory = ClaimWords.newMemory()
  readonly connection: Connection
  readonly ahead: HandedAhead
  heard: FromServer[] = []
  #id = 0

  constructor(house: House) {
    this.house = house
    this.connection = house.server.connect((messages) => {
      for (const message of structuredClone(messages)) {
        this.heard.push(message)
        if (message.type === 'offers') this.ahead.add(message)
      }
    }, this.memory)
    this.ahead = new HandedAhead(
      new ClaimWords(this.memory),
      house.clock,
      {
        addTask: () => Promise.resolve('added'),
        cancelTask: () => Promise.resolve(true),
        cancelBySubject: () => Promise.resolve(0),
      },
      () => undefined,
    )
  }

  call(call: string, ...args: unknown[]): void {
    const id = ++this.#id
    this.house.server.receive(this.connection, [{ id, call, args } as unknown as Request])
  }

  add(taskName: string, ids: readonly string[], cargo = '{}'): void {
    const batch = new TaskBatch(false)
    for (const id of ids) {
      batch.push({ record: { id, taskName, subjectKey: null, cargo }, due: null, epochMs: null })
    }
    this.call('addTasks', batch.wire(), -Infinity)
  }

  ask(taskName: string): WireDelivery {
    this.heard = []
    this.call('getTask', taskName, -Infinity)
    this.house.server.flush()
    const answer = this.heard.find((one) => one.type === 'value' && one.id === this.#id)
    assert.ok(answer?.type === 'value')
    return answer.value as WireDelivery
  }

  /** It shows to be fast. */
  warm(taskName: string): this {
    for (let round = 0; round < 6; round++) {
      this.add(taskName, [`warm ${taskName} ${round}`])
      this.call('finish', this.ask(taskName).number)
    }
    return this
  }
}

test('What is put before a consumer goes in parts that are not too long for a string.', () => {
  const house = new House()
  const client = new Client(house).warm('work')
  const long = `{"long":"${'x'.repeat(400_000)}"}`
  for (let n = 0; n < 6; n++) house.owner.add('work', [`long ${n}`], long)
  client.heard = []
  house.server.flush()
  const parts = client.heard.flatMap((one) => (one.type === 'offers' ? one.texts.text.length : []))
  assert.equal(parts.length, 3)
  assert.ok(Math.max(...parts) < 2 ** 20)
  for (let n = 0; n < 6; n++) assert.equal(client.ahead.start('work')?.id, `long ${n}`)
})

test('What a connection that takes nothing more gave back is not put before it again.', () => {
  const house = new House()
  const client = new Client(house).warm('work')
  house.owner.add(
    'work',
    Array.from({ length: 100 }, (_, n) => `${n}`),
  )
  house.server.flush()
  assert.ok(client.heard.some(({ type }) => type === 'offers'))
  client.heard = []
  client.call('stopTaking')
  house.server.flush()
  assert.deepEqual(
    client.heard.map(({ type }) => type),
    ['value'],
  )
})

test('What was taken back is forgotten when the next is handed ahead, of whatever queue.', () => {
  const house = new House()
  const client = new Client(house).warm('work').warm('other')
  const ids = Array.from({ length: 50 }, (_, n) => `${n}`)
  house.owner.add('work', ids)
  house.server.flush()
  assert.ok(client.ahead.start('work'))
  // The first are cancelled, and so on: as long as one is left, so is the rest.
  for (const id of ids.slice(1, -1)) house.owner.call('cancelTask', id, true)
  house.owner.add('other', ['o1'])
  house.server.flush()
  assert.equal(client.ahead.mayHave('work'), true)
  house.owner.call('cancelTask', '49', true)
  house.owner.add('other', ['o2'])
  house.server.flush()
  assert.equal(client.ahead.mayHave('work'), false)
  assert.equal(client.ahead.start('other')?.id, 'o1')
})

test('What was taken back tells nothing of when another was started.', () => {
  const house = new House()
  const client = new Client(house).warm('work').warm('other')
  house.owner.add('work', ['w1'])
  house.server.flush()
  // Taken back, by cancelling: its place in memory is the next that is used.
  house.owner.call('cancelTask', 'w1', true)
  house.owner.add('other', ['o1'])
  house.server.flush()
  const o1 = client.ahead.start('other')
  assert.ok(o1)
  client.ahead.finish(stateOf(o1).delivery?.ticket ?? -1, 0)
  house.now += 500
  // A loop over the other queue finds that nothing is left there.
  assert.equal(client.ahead.start('work'), null)
  house.now += 500
  house.server.tick()
  house.owner.heard = []
  house.owner.call('stats')
  house.server.flush()
  const answer = house.owner.heard.at(-1)
  assert.ok(answer?.type === 'value')
  const stats = answer.value as { queues: Record<string, { lateness: { max: number } }> }
  assert.equal(stats.queues['other']?.lateness.max, 0)
})
