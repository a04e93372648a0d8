/** A context to be added; both times null: as soon as possible. */
export interface NaiveTask {
  readonly id: string
  readonly taskName: string
  readonly subject: string | null
  readonly due: number | null
  readonly epochMs: number | null
}

export interface NaiveEntry {
  readonly task: NaiveTask
  due: number
  /** Grows with every adding. */
  readonly order: number
  parked: boolean
}

export interface NaiveDelivery {
  readonly number: number
  readonly task: NaiveTask
  readonly due: number
  readonly queuedAt: number
  takenAt: number
  attempt: number
  holder: number | null
}

export interface NaiveQueue {
  readonly taskName: string
  readonly maxSize: number
  queued: NaiveDelivery[]
  taken: NaiveDelivery[]
  done: number
  handedOut: number
  latestMs: number
}

/** One who waits; `number` grows in order of arrival. */
export interface NaiveWait {
  readonly kind: 'get' | 'add' | 'join'
  readonly number: number
  readonly deadline: number
  taskName: string
  readonly holder: number
  readonly tasks: readonly NaiveTask[]
}

/** What a call gives: a value, or the code of an error. */
export type Outcome = string | number | boolean

/**
 * The verbs of a scheduler, as they are compared. Those that may have to wait take a number, answer whether they do,
 * and put what comes of it into `settled`, in order.
 */
export interface Verbs {
  settled: string[]
  addQueue(taskName: string, maxSize: number): Outcome
  removeQueue(taskName: string): Outcome
  queueExists(taskName: string): Outcome
  isEmptyQueue(taskName: string): Outcome
  addTasks(tasks: readonly NaiveTask[]): Outcome
  addTasksWhenRoom(number: number, tasks: readonly NaiveTask[], deadline: number): Outcome
  cancelTask(id: string, queued: boolean): Outcome
  cancelBySubject(subject: string, queued: boolean): Outcome
  takenOfSubject(subject: string): Outcome
  getTask(number: number, taskName: string, holder: number, deadline: number): Outcome
  finishOldest(taskName: string, holder: number): Outcome
  finish(delivery: number, holder: number): Outcome
  giveBack(delivery: number, holder: number): Outcome
  giveBackAll(holder: number): Outcome
  withdraw(number: number): Outcome
  join(number: number, taskName: string, deadline: number): Outcome
  start(): Outcome
  tick(): Outcome
  nextWake(): number
  runAll(): Outcome
  stopHandingOut(): Outcome
  close(): Outcome
  /** Ids in order of release. */
  scheduledIds(taskName: string, subjects: readonly string[]): Outcome
  /** Numbers of deliveries, in order. */
  queuedNumbers(taskName: string): Outcome
}

/** What the scheduler promises, in the plainest words: arrays that are searched, filtered and sorted. */
export class NaiveScheduler implements Verbs {
  now: number
  wall: number
  started = false
  queues: NaiveQueue[] = []
  entries: NaiveEntry[] = []
  waits: NaiveWait[] = []
  settled: string[] = []
  readonly totals = { added: 0, replaced: 0, done: 0, cancelled: 0, dropped: 0 }
  clockJumps = 0
  deliveries = 0
  handedOut = 0
  #handingOut = true
  #adds = 0
  #offsets: number[] = [0]
  #dropped: { readonly number: number; readonly holder: number }[] = []

  constructor(now: number, wall: number) {
    this.now = now
    this.wall = wall
  }

  // ---- queues

  addQueue(taskName: string, maxSize: number): Outcome {
    if (this.queueExists(taskName)) return 'QUEUE_EXISTS'
    this.queues.push({
      taskName,
      maxSize: maxSize > 0 ? maxSize : Infinity,
      queued: [],
      taken: [],
      done: 0,
      handedOut: 0,
      latestMs: 0,
    })
    return 'done'
  }

  removeQueue(taskName: string): Outcome {
    const queue = this.#find(taskName)
    if (!queue) return 'QUEUE_NOT_FOUND'
    for (const entry of this.entries.filter(({ task }) => task.taskName === taskName)) {
      this.#cancel(entry)
    }
    this.queues = this.queues.filter((other) => other !== queue)
    this.totals.dropped += queue.queued.length + queue.taken.length
    for (const { number, holder } of queue.taken) {
      if (holder !== null) this.#dropped.push({ number, holder })
    }
    for (const kind of ['get', 'add', 'join'] as const) {
      for (const wait of this.#waiting(kind, taskName)) {
        this.#settle(wait, `QUEUE_NOT_FOUND ${taskName}`)
      }
    }
    return 'done'
  }

  queueExists(taskName: string): boolean {
    return this.#find(taskName) !== undefined
  }

  isEmptyQueue(taskName: string): Outcome {
    const queue = this.#find(taskName)
    return queue ? queue.queued.length === 0 : 'QUEUE_NOT_FOUND'
  }

  // ---- adding

  addTasks(tasks: readonly NaiveTask[]): Outcome {
    const verdict = this.#verdict(tasks)
    return verdict.fits ? this.#addAll(tasks) : verdict.code
  }

  addTasksWhenRoom(number: number, tasks: readonly NaiveTask[], deadline: number): Outcome {
    const verdict = this.#verdict(tasks)
    const line = this.#lineBefore(tasks)
    if (verdict.fits && line === undefined) return this.#say(number, this.#addAll(tasks))
    if (verdict.fits) {
      if (deadline <= this.now) return this.#say(number, `QUEUE_FULL ${line}`)
      this.waits.push({ kind: 'add', number, deadline, taskName: line ?? '', holder: -1, tasks })
      return true
    }
    if (verdict.code === 'QUEUE_NOT_FOUND') return verdict.code
    if (verdict.never || deadline <= this.now) {
      return this.#say(number, `${verdict.code} ${verdict.taskName}`)
    }
    this.waits.push({
      kind: 'add',
      number,
      deadline,
      taskName: verdict.taskName,
      holder: -1,
      tasks,
    })
    return true
  }

  // ---- cancelling

  cancelTask(id: string, queued: boolean): Outcome {
    return this.#cancelAll((task) => task.id === id, queued) > 0
  }

  cancelBySubject(subject: string, queued: boolean): Outcome {
    return this.#cancelAll((task) => task.subject === subject, queued)
  }

  takenOfSubject(subject: string): Outcome {
    return this.queues
      .flatMap(({ taken }) => taken)
      .filter(({ task }) => task.subject === subject)
      .map(({ number }) => number)
      .sort((a, b) => a - b)
      .join()
  }

  // ---- taking and finishing

  getTask(number: number, taskName: string, holder: number, deadline: number): Outcome {
    const queue = this.#find(taskName)
    if (!queue) return 'QUEUE_NOT_FOUND'
    if (!this.#handingOut) return 'SCHEDULER_STOPPED'
    const wait: NaiveWait = { kind: 'get', number, deadline, taskName, holder, tasks: [] }
    if (queue.queued.length === 0 && deadline <= this.now) {
      return this.#say(number, `QUEUE_EMPTY ${taskName}`)
    }
    this.waits.push(wait)
    this.#serve(queue)
    if (this.waits.includes(wait)) return true
    this.#moveUp([queue])
    return false
  }

  finishOldest(taskName: string, holder: number): Outcome {
    const queue = this.#find(taskName)
    if (!queue) return 'QUEUE_NOT_FOUND'
    const oldest = queue.taken.find((delivery) => delivery.holder === holder)
    return oldest ? this.#finish(queue, oldest) : 'TASK_NOT_TAKEN'
  }

  finish(number: number, holder: number): Outcome {
    for (const queue of this.queues) {
      const delivery = queue.taken.find((other) => other.number === number)
      if (delivery?.holder === holder) return this.#finish(queue, delivery)
    }
    return this.#forgetDropped(number, holder) ? 'done' : 'TASK_NOT_TAKEN'
  }

  giveBack(number: number, holder: number): Outcome {
    for (const queue of this.queues) {
      const delivery = queue.taken.find((other) => other.number === number)
      if (delivery?.holder === holder) this.#giveBack(queue, delivery)
    }
    this.#forgetDropped(number, holder)
    return 'done'
  }

  giveBackAll(holder: number): Outcome {
    const held = this.queues
      .flatMap((queue) => queue.taken.map((delivery) => ({ queue, delivery })))
      .filter(({ delivery }) => delivery.holder === holder)
      .sort((a, b) => a.delivery.number - b.delivery.number)
    for (const { queue, delivery } of held) {
      delivery.attempt++
      this.#giveBack(queue, delivery)
    }
    return 'done'
  }

  join(number: number, taskName: string, deadline: number): Outcome {
    const queue = this.#find(taskName)
    if (!queue) return 'QUEUE_NOT_FOUND'
    if (queue.queued.length + queue.taken.length === 0) return this.#say(number, 'joined')
    this.waits.push({ kind: 'join', number, deadline, taskName, holder: -1, tasks: [] })
    return true
  }

  withdraw(number: number): Outcome {
    const wait = this.waits.find((other) => other.number === number)
    if (wait) this.#leave(wait)
    return wait !== undefined
  }

  // ---- time

  start(): Outcome {
    this.started = true
    return 'done'
  }

  tick(): Outcome {
    if (this.started) {
      if (this.#absolute().length > 0) this.#followWall()
      this.#release(this.now)
    }
    const overdue = (): NaiveWait[] =>
      this.waits
        .filter(({ deadline }) => deadline <= this.now)
        .sort((a, b) => a.deadline - b.deadline || a.number - b.number)
    const late = { get: 'QUEUE_EMPTY', add: 'QUEUE_FULL', join: 'TIMEOUT' }
    for (let [first] = overdue(); first; [first] = overdue()) {
      this.#say(first.number, `${late[first.kind]} ${first.taskName}`)
      this.#leave(first)
    }
    return 'done'
  }

  nextWake(): number {
    const deadline = Math.min(...this.waits.map((wait) => wait.deadline))
    if (!this.started) return deadline
    const due = Math.min(...this.entries.filter(({ parked }) => !parked).map((entry) => entry.due))
    const look = this.#absolute().length > 0 ? this.now + 1000 : Infinity
    return Math.min(deadline, due, look)
  }

  runAll(): number {
    return this.#release(Infinity)
  }

  // ---- stopping

  stopHandingOut(): Outcome {
    this.#handingOut = false
    for (const { taskName } of this.queues) {
      for (const wait of this.#waiting('get', taskName))
        this.#settle(wait, 'SCHEDULER_STOPPED undefined')
    }
    return 'done'
  }

  close(): Outcome {
    this.started = false
    this.stopHandingOut()
    for (const { taskName } of this.queues) {
      for (const wait of this.#waiting('add', taskName))
        this.#settle(wait, 'SCHEDULER_STOPPED undefined')
      for (const wait of this.#waiting('join', taskName))
        this.#settle(wait, 'SCHEDULER_STOPPED undefined')
    }
    return 'done'
  }

  // ---- looking

  /** In order of release. */
  scheduled(): NaiveEntry[] {
    return this.entries.toSorted((a, b) => a.due - b.due || a.order - b.order)
  }

  scheduledIds(taskName: string, subjects: readonly string[]): Outcome {
    if (!this.#find(taskName)) return 'QUEUE_NOT_FOUND'
    return this.scheduled()
      .filter(({ task }) => task.taskName === taskName)
      .filter(({ task }) => task.subject !== null && subjects.includes(task.subject))
      .map(({ task }) => task.id)
      .join()
  }

  queuedNumbers(taskName: string): Outcome {
    const queue = this.#find(taskName)
    return queue ? queue.queued.map(({ number }) => number).join() : 'QUEUE_NOT_FOUND'
  }

  consumersOf(taskName: string): number {
    return this.#waiting('get', taskName).length
  }

  // ---- inside

  #find(taskName: string): NaiveQueue | undefined {
    return this.queues.find((queue) => queue.taskName === taskName)
  }

  #room(queue: NaiveQueue): number {
    return queue.maxSize - queue.queued.length + this.consumersOf(queue.taskName)
  }

  #waiting(kind: NaiveWait['kind'], taskName: string): NaiveWait[] {
    return this.waits.filter((wait) => wait.kind === kind && wait.taskName === taskName)
  }

  #say(number: number, outcome: Outcome): false {
    this.settled.push(`${number} ${outcome}`)
    return false
  }

  #settle(wait: NaiveWait, outcome: Outcome): void {
    this.waits = this.waits.filter((other) => other !== wait)
    this.#say(wait.number, outcome)
  }

  /** Somebody does not wait any more; for whom he was in the way, there may be room. */
  #leave(wait: NaiveWait): void {
    this.waits = this.waits.filter((other) => other !== wait)
    const queue = this.#find(wait.taskName)
    if (wait.kind === 'add' && queue) this.#letIn(queue)
  }

  #verdict(
    tasks: readonly NaiveTask[],
  ):
    | { readonly fits: true }
    | { readonly fits: false; readonly code: string; readonly never: boolean; taskName: string } {
    for (const { taskName } of tasks) {
      if (!this.#find(taskName)) {
        return { fits: false, code: 'QUEUE_NOT_FOUND', never: true, taskName }
      }
    }
    const full = tasks
      .filter(({ due, epochMs }) => due === null && epochMs === null)
      .flatMap(({ taskName }, _index, asap) => {
        const queue = this.#find(taskName)
        const count = asap.filter((task) => task.taskName === taskName).length
        return queue && count > this.#room(queue)
          ? [{ taskName, never: count > queue.maxSize }]
          : []
      })
    const worst = full.find(({ never }) => never) ?? full[0]
    return worst ? { fits: false, code: 'QUEUE_FULL', ...worst } : { fits: true }
  }

  /** The first queue these would go onto at which somebody waits for room. */
  #lineBefore(tasks: readonly NaiveTask[]): string | undefined {
    return tasks
      .filter(({ due, epochMs }) => due === null && epochMs === null)
      .find(({ taskName }) => this.#waiting('add', taskName).length > 0)?.taskName
  }

  #addAll(tasks: readonly NaiveTask[]): string {
    return tasks.map((task) => this.#add(task)).join()
  }

  #add(task: NaiveTask): string {
    const left = this.entries.filter((entry) => entry.task.id !== task.id)
    const result = left.length === this.entries.length ? 'added' : 'replaced'
    this.entries = left
    this.totals[result]++
    if (task.epochMs !== null) this.#followWall()
    const offset = this.wall - this.now
    if (task.epochMs !== null) this.#offsets.push(offset)
    const due = task.epochMs === null ? task.due : task.epochMs - offset
    if (due === null) {
      this.#enter(task, this.now)
      return result
    }
    const queue = this.#find(task.taskName)
    const full = queue !== undefined && this.#room(queue) <= 0
    const parked = this.started && due <= this.now && full
    this.entries.push({ task, due, order: ++this.#adds, parked })
    return result
  }

  #cancel(entry: NaiveEntry): void {
    this.entries = this.entries.filter((other) => other !== entry)
    this.totals.cancelled++
  }

  #cancelAll(which: (task: NaiveTask) => boolean, alsoQueued: boolean): number {
    const scheduled = this.entries.filter(({ task }) => which(task))
    for (const entry of scheduled) this.#cancel(entry)
    if (!alsoQueued) return scheduled.length
    const queued = this.queues
      .flatMap((queue) => queue.queued.map((delivery) => ({ queue, delivery })))
      .filter(({ delivery }) => which(delivery.task))
      .sort((a, b) => a.delivery.number - b.delivery.number)
    for (const { queue, delivery } of queued) {
      queue.queued = queue.queued.filter((other) => other !== delivery)
      this.totals.cancelled++
      this.#checkJoin(queue)
    }
    this.#moveUp([...new Set(queued.map(({ queue }) => queue))])
    return scheduled.length + queued.length
  }

  #enter(task: NaiveTask, due: number): void {
    const queue = this.#find(task.taskName)
    queue?.queued.push({
      number: ++this.deliveries,
      task,
      due,
      queuedAt: this.now,
      takenAt: Number.NaN,
      attempt: 1,
      holder: null,
    })
    if (queue) this.#serve(queue)
  }

  /** Gives those who wait for work what is there. */
  #serve(queue: NaiveQueue): void {
    for (;;) {
      const [wait] = this.#waiting('get', queue.taskName)
      const [delivery] = queue.queued
      if (!wait || !delivery) return
      queue.queued = queue.queued.slice(1)
      queue.taken.push(delivery)
      delivery.holder = wait.holder
      delivery.takenAt = this.now
      queue.handedOut++
      this.handedOut++
      queue.latestMs = Math.max(queue.latestMs, this.now - delivery.due)
      const { number, task, attempt } = delivery
      this.#settle(wait, `${number} ${task.id} ${attempt} ${wait.holder}`)
    }
  }

  #finish(queue: NaiveQueue, delivery: NaiveDelivery): Outcome {
    queue.taken = queue.taken.filter((other) => other !== delivery)
    queue.done++
    this.totals.done++
    this.#checkJoin(queue)
    return 'done'
  }

  #giveBack(queue: NaiveQueue, delivery: NaiveDelivery): void {
    delivery.holder = null
    queue.taken = queue.taken.filter((other) => other !== delivery)
    queue.queued = [...queue.queued, delivery].sort((a, b) => a.number - b.number)
    this.#serve(queue)
  }

  /** Whether that delivery was in these hands when its queue was removed; says so once. */
  #forgetDropped(number: number, holder: number): boolean {
    const left = this.#dropped.filter((one) => one.number !== number || one.holder !== holder)
    const was = left.length < this.#dropped.length
    this.#dropped = left
    return was
  }

  #checkJoin({ taskName, queued, taken }: NaiveQueue): void {
    if (queued.length + taken.length > 0) return
    for (const wait of this.#waiting('join', taskName)) this.#settle(wait, 'joined')
  }

  /** Where there is room again, what is parked goes first, everywhere, and then those who wait to add. */
  #moveUp(queues: readonly NaiveQueue[]): void {
    for (const queue of queues) {
      const parked = this.scheduled().filter(
        (entry) => entry.parked && entry.task.taskName === queue.taskName,
      )
      for (const entry of parked.slice(0, Math.max(0, this.#room(queue)))) {
        this.entries = this.entries.filter((other) => other !== entry)
        this.#enter(entry.task, entry.due)
      }
    }
    for (const queue of queues) this.#letIn(queue)
  }

  #letIn(queue: NaiveQueue): void {
    for (;;) {
      const [wait] = this.#waiting('add', queue.taskName)
      if (!wait || this.#room(queue) <= 0) return
      const verdict = this.#verdict(wait.tasks)
      if (verdict.fits) {
        this.waits = this.waits.filter((other) => other !== wait)
        this.#say(wait.number, this.#addAll(wait.tasks))
      } else if (verdict.never) {
        this.#settle(wait, `${verdict.code} ${verdict.taskName}`)
      } else if (verdict.taskName === queue.taskName) {
        return
      } else {
        // To the end of the line at the other queue.
        this.waits = [...this.waits.filter((other) => other !== wait), wait]
        wait.taskName = verdict.taskName
      }
    }
  }

  #release(until: number): number {
    let entered = 0
    for (const entry of this.scheduled().filter(({ parked, due }) => !parked && due <= until)) {
      const queue = this.#find(entry.task.taskName)
      if (queue && this.#room(queue) > 0) {
        this.entries = this.entries.filter((other) => other !== entry)
        this.#enter(entry.task, entry.due)
        entered++
      } else {
        entry.parked = true
      }
    }
    return entered
  }

  #absolute(): NaiveEntry[] {
    return this.entries.filter(({ task, parked }) => task.epochMs !== null && !parked)
  }

  #followWall(): void {
    const offset = this.wall - this.now
    const absolute = this.#absolute()
    if (absolute.length > 0) {
      if (this.#offsets.every((other) => Math.abs(offset - other) <= 1000)) return
      this.clockJumps++
      for (const entry of absolute) entry.due = (entry.task.epochMs ?? 0) - offset
    }
    this.#offsets = [offset]
  }
}
