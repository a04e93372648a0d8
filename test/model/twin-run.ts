import assert from 'node:assert/strict'
import { slotMs } from '../../src/core/time-order.ts'
import { CoreVerbs } from './core-verbs.ts'
import { NaiveScheduler, type NaiveTask, type Outcome, type Verbs } from './naive-scheduler.ts'
import { queueNames, type Draft, type Operation, type Verb } from './operations.ts'

/** The scheduler and its model, called alike and compared after every call. */
export class TwinRun {
  readonly #model = new NaiveScheduler(1_000_000, Date.UTC(2026, 0, 1))
  readonly #core: CoreVerbs
  /** What happened: `join: true`, or, for what those who wait are told, `join: TIMEOUT by tick`. */
  readonly #happened: Set<string>
  /** The verbs of all calls that could wait; a wait's number is its place here. */
  readonly #waits: Verb[] = []
  #verb: Verb | 'end' = 'end'
  readonly #inRuns: boolean
  #comparisons = 0

  /** `inRuns`: batches are added as one, and looked at one by one only every now and then. */
  constructor(happened: Set<string>, inRuns = false) {
    this.#happened = happened
    this.#inRuns = inRuns
    const clock = { now: () => this.#model.now, wall: () => this.#model.wall }
    this.#core = new CoreVerbs(clock, inRuns)
    this.#both((verbs) => verbs.addQueue('a', 0))
    this.#both((verbs) => verbs.addQueue('b', 1))
    this.#both((verbs) => verbs.addQueue('c', 3))
    this.#compareState()
  }

  perform(operation: Operation): void {
    this.#verb = operation.verb
    const { together, togetherTimed } = this.#core
    const outcome = this.#call(operation)
    this.#happened.add(`${operation.verb}: ${inBrief(outcome)}`)
    if (this.#core.together > together) this.#happened.add(`${operation.verb}: together`)
    if (this.#core.togetherTimed > togetherTimed)
      this.#happened.add(`${operation.verb}: together, timed`)
    this.#compareState()
  }

  /** Stops both. Then nobody waits any more, and every event was told as often as it should have been. */
  end(): void {
    this.#verb = 'end'
    const { scheduler } = this.#core
    this.#both((verbs) => verbs.stopHandingOut())
    let nothingTaken = 0
    scheduler.whenNothingTaken(Infinity, {
      resolve: () => {
        nothingTaken++
      },
      reject: assert.fail,
    })
    for (const { number, holder } of this.#model.queues.flatMap(({ taken }) => taken)) {
      same('told that nothing is taken', nothingTaken, 0)
      this.#both((verbs) => verbs.finish(number, holder ?? 0))
    }
    same('told that nothing is taken', nothingTaken, 1)
    this.#compareState()
    this.#both((verbs) => verbs.getTask(this.#waits.length, 'a', 0, Infinity))
    this.#both((verbs) => verbs.close())
    this.#compareState()
    same('still waiting', this.#model.waits.length, 0)
    if (!this.#inRuns) this.#compareEvents()
  }

  #call(operation: Operation): Outcome {
    const model = this.#model
    switch (operation.verb) {
      case 'addQueue': {
        const { maxSize } = operation
        const missing = queueNames.find((name) => !model.queueExists(name))
        const taskName = operation.taskName ?? missing ?? queueNames[0]
        return this.#both((verbs) => verbs.addQueue(taskName, maxSize))
      }
      case 'removeQueue':
        return this.#both((verbs) => verbs.removeQueue(operation.taskName))
      case 'queueExists':
        return this.#both((verbs) => verbs.queueExists(operation.taskName))
      case 'isEmptyQueue':
        return this.#both((verbs) => verbs.isEmptyQueue(operation.taskName))
      case 'queued':
        return this.#both((verbs) => verbs.queuedNumbers(operation.taskName))
      case 'addAsap':
      case 'addRelative':
      case 'addAbsolute':
      case 'addPast':
      case 'addTasks': {
        const tasks = this.#tasks(operation.tasks)
        return this.#both((verbs) => verbs.addTasks(tasks))
      }
      case 'addTasksWhenRoom': {
        const tasks = this.#tasks(operation.tasks)
        const deadline = model.now + operation.forMs
        const number = this.#newWait(operation)
        return this.#both((verbs) => verbs.addTasksWhenRoom(number, tasks, deadline))
      }
      case 'cancelTask':
        return this.#both((verbs) => verbs.cancelTask(operation.id, false))
      case 'cancelTaskQueued':
        return this.#both((verbs) => verbs.cancelTask(operation.id, true))
      case 'cancelBySubject':
        return this.#both((verbs) => verbs.cancelBySubject(operation.subject, false))
      case 'cancelBySubjectQueued':
        return this.#both((verbs) => verbs.cancelBySubject(operation.subject, true))
      case 'takenOfSubject':
        return this.#both((verbs) => verbs.takenOfSubject(operation.subject))
      case 'getTask':
      case 'getTaskWaiting': {
        const { taskName, holder } = operation
        const deadline = model.now + operation.forMs
        const number = this.#newWait(operation)
        return this.#both((verbs) => verbs.getTask(number, taskName, holder, deadline))
      }
      case 'finishOldest': {
        const { taskName, holder } = operation
        return this.#both((verbs) => verbs.finishOldest(taskName, holder))
      }
      case 'finish': {
        const { number, holder } = this.#pickHeld(operation.pick, operation.holder)
        return this.#both((verbs) => verbs.finish(number, holder))
      }
      case 'giveBack': {
        const { number, holder } = this.#pickHeld(operation.pick, operation.holder)
        return this.#both((verbs) => verbs.giveBack(number, holder))
      }
      case 'giveBackAll': {
        const { holder, leavesWaits } = operation
        for (const wait of leavesWaits ? [...model.waits] : []) {
          if (wait.holder === holder) this.#both((verbs) => verbs.withdraw(wait.number))
        }
        return this.#both((verbs) => verbs.giveBackAll(holder))
      }
      case 'withdraw': {
        const number = this.#pickWait(operation.pick)
        return this.#both((verbs) => verbs.withdraw(number))
      }
      case 'join': {
        const deadline = model.now + operation.forMs
        const number = this.#newWait(operation)
        return this.#both((verbs) => verbs.join(number, operation.taskName, deadline))
      }
      case 'scheduled': {
        const { taskName, subjects } = operation
        return this.#both((verbs) => verbs.scheduledIds(taskName, subjects))
      }
      case 'advance':
        return this.#advanceTo(model.now + operation.ms)
      case 'advanceToWake': {
        const wake = model.nextWake()
        this.#advanceTo(wake === Infinity ? model.now : Math.max(wake, model.now))
        return this.#both((verbs) => verbs.tick())
      }
      case 'jumpWall':
      case 'driftWall':
        model.wall += operation.ms
        return 'done'
      case 'tick':
        return this.#both((verbs) => verbs.tick())
      case 'runAll':
        return this.#both((verbs) => verbs.runAll())
      case 'start':
        return this.#both((verbs) => verbs.start())
      case 'stats':
        // They are compared after every call.
        return 'done'
    }
  }

  /** Calls a verb of both and compares what they answer, and what those who wait are told. */
  #both(call: (verbs: Verbs) => Outcome): Outcome {
    const expected = call(this.#model)
    same('the answer', call(this.#core), expected)
    const told = this.#core.settled
    same('told to those who wait', told.join('; '), this.#model.settled.join('; '))
    for (const line of told) {
      const [number = '', outcome = ''] = line.split(' ')
      const waiting = this.#waits[Number(number)]
      this.#happened.add(`${waiting}: ${inBrief(outcome)} by ${this.#verb}`)
    }
    if (told.length > 0) {
      this.#core.settled = []
      this.#model.settled = []
    }
    return expected
  }

  #newWait({ verb }: Operation): number {
    return this.#waits.push(verb) - 1
  }

  #tasks(drafts: readonly Draft[]): NaiveTask[] {
    const { now, wall } = this.#model
    return drafts.map(({ id, taskName, subject, inMs, atMs }) => ({
      id,
      taskName,
      subject,
      due: inMs === null ? null : now + inMs,
      epochMs: atMs === null ? null : wall + atMs,
    }))
  }

  #advanceTo(now: number): Outcome {
    const model = this.#model
    model.wall += now - model.now
    model.now = now
    return 'done'
  }

  /** Mostly a delivery that is taken and the one who holds it; sometimes another, or others' hands. */
  #pickHeld(pick: number, holder: number): { readonly number: number; readonly holder: number } {
    const taken = this.#model.queues.flatMap((queue) => queue.taken)
    const known = pick % 8 === 0 ? undefined : taken[pick % taken.length]
    return {
      number: known?.number ?? pick % (this.#model.deliveries + 2),
      holder: pick % 4 === 1 ? holder : (known?.holder ?? holder),
    }
  }

  /** Mostly one that still waits. */
  #pickWait(pick: number): number {
    const { waits } = this.#model
    const known = pick % 8 === 0 ? undefined : waits[pick % waits.length]?.number
    return known ?? pick % (this.#waits.length + 2)
  }

  #compareState(): void {
    const { scheduler, holders } = this.#core
    const model = this.#model
    same('nextWake', scheduler.nextWake(), model.nextWake())

    const expectedEntries = model.scheduled()
    const entries = scheduler.scheduled()
    same('scheduled', entries.length, expectedEntries.length)
    for (const [index, { task, due, parked }] of expectedEntries.entries()) {
      const entry = entries[index]
      same('scheduled id', entry?.record.id, task.id)
      same('scheduled taskName', entry?.record.taskName, task.taskName)
      same('scheduled subject', entry?.record.subjectKey, task.subject)
      same('scheduled due', entry?.due, due)
      same('scheduled epochMs', entry?.epochMs, task.epochMs)
      same('scheduled parked', entry?.parked, parked)
    }

    // Who lists what is queued has all of it made.
    const looks = !this.#inRuns || ++this.#comparisons % 12 === 0 || this.#verb === 'end'
    const { queues, totals } = scheduler.stats()
    same('queues', Object.keys(queues).join(), model.queues.map(({ taskName }) => taskName).join())
    let present = expectedEntries.length
    for (const queue of model.queues) {
      const { taskName } = queue
      const stats = queues[taskName]
      const own = expectedEntries.filter(({ task }) => task.taskName === taskName)
      const parked = own.filter((entry) => entry.parked).length
      same('stats maxSize', stats?.maxSize, queue.maxSize === Infinity ? 0 : queue.maxSize)
      same('stats scheduled', stats?.scheduled, own.length - parked)
      same('stats parked', stats?.parked, parked)
      same('stats queued', stats?.queued, queue.queued.length)
      same('stats taken', stats?.taken, queue.taken.length)
      same('stats done', stats?.done, queue.done)
      same('stats consumers', stats?.consumers, model.consumersOf(taskName))
      same('stats lateness count', stats?.lateness.count, queue.handedOut)
      same('stats lateness max', stats?.lateness.max, queue.latestMs / 1000)
      present += queue.queued.length + queue.taken.length

      if (!looks) continue
      const queued = scheduler.queued(taskName)
      same('queued', queued.length, queue.queued.length)
      for (const [index, expected] of queue.queued.entries()) {
        const delivery = queued[index]
        same('queued number', delivery?.number, expected.number)
        same('queued id', delivery?.record.id, expected.task.id)
        same('queued due', delivery?.due, expected.due)
        same('queued since', delivery?.queuedAt, expected.queuedAt)
        same('queued attempt', delivery?.attempt, expected.attempt)
        same('queued holder', delivery?.holder, null)
      }
    }

    const taken = model.queues.flatMap((queue) => queue.taken)
    same('taken', scheduler.takenIds().join(), taken.map(({ task }) => task.id).join())
    for (const [index, holder] of holders.entries()) {
      const expected = taken.filter((delivery) => delivery.holder === index)
      expected.sort((a, b) => a.number - b.number)
      const held = holder.all()
      same('held', held.length, expected.length)
      for (const [at, { number, takenAt, attempt }] of expected.entries()) {
        same('held number', held[at]?.number, number)
        same('held since', held[at]?.takenAt, takenAt)
        same('held attempt', held[at]?.attempt, attempt)
      }
    }

    for (const [name, total] of Object.entries(model.totals)) {
      same(`totals ${name}`, Reflect.get(totals, name), total)
    }
    const { added, done, cancelled, dropped } = totals
    same('what became of everything added', done + cancelled + dropped + present, added)
    if (looks) this.#compareIndexes()
  }

  /** Nothing is kept of what has left. */
  #compareIndexes(): void {
    const model = this.#model
    const sizes = this.#core.scheduler.indexSizes()
    const tasks = model.entries.map(({ task }) => task)
    const waiting = model.entries.filter(({ parked }) => !parked)
    const parked = model.entries.filter((entry) => entry.parked)
    const delivered = model.queues.flatMap(({ queued, taken }) =>
      [...queued, ...taken].map(({ task }) => task),
    )
    same('index of contexts', sizes['contexts'], tasks.length)
    same('index of queues', sizes['queues'], distinct(tasks.map(({ taskName }) => taskName)))
    same('index of subjects', sizes['subjects'], distinct(subjectsOf(tasks)))
    same('index of parked', sizes['parkedQueues'], distinct(parked.map((one) => one.task.taskName)))
    same('index of deliveries', sizes['deliveries'], delivered.length)
    same('delivered contexts', sizes['deliveredContexts'], distinct(delivered.map(({ id }) => id)))
    same('delivered subjects', sizes['deliveredSubjects'], distinct(subjectsOf(delivered)))
    const withDeadline = model.waits.filter(({ deadline }) => deadline !== Infinity)
    same('deadlines', sizes['deadlines'], withDeadline.length)
    const slots = distinct(waiting.map(({ due }) => Math.floor(due / slotMs)))
    const kept = sizes['times'] ?? Number.NaN
    same('at most two slots kept per slot', kept >= slots && kept <= 2 * slots, true)
  }

  #compareEvents(): void {
    const { events } = this.#core
    const { totals, handedOut, deliveries, clockJumps } = this.#model
    const expected = {
      taskAdded: totals.added + totals.replaced,
      taskCancelled: totals.cancelled,
      taskQueued: deliveries,
      taskTaken: handedOut,
      taskDone: totals.done,
      clockJump: clockJumps,
      schedulerShutdown: 1,
    }
    for (const [name, count] of Object.entries(expected)) {
      same(`events ${name}`, events.get(name as keyof typeof expected) ?? 0, count)
    }
  }
}

function subjectsOf(tasks: readonly NaiveTask[]): string[] {
  return tasks.map(({ subject }) => subject).filter((subject) => subject !== null)
}

/** What is different every time, as 'some' or 'none'; of the results of a batch, the first. */
function inBrief(outcome: Outcome): Outcome {
  if (typeof outcome === 'number') return outcome > 0 ? 'some' : 'none'
  if (typeof outcome === 'boolean') return outcome
  return /^[k\d]/.test(outcome) ? 'some' : (outcome.split(',', 1)[0] ?? '')
}

function distinct(values: readonly unknown[]): number {
  return new Set(values).size
}

/** As `assert.equal`, without the cost of a message that is not needed. */
function same(what: string, actual: unknown, expected: unknown): void {
  if (actual !== expected) {
    assert.fail(`${what}: expected ${String(expected)}, got ${String(actual)}`)
  }
}
