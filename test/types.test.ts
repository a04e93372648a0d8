/**
 * What the compiler lets through, and what it does not: every `@ts-expect-error` here fails the build when the line
 * below it compiles. Nothing of it runs.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  configure,
  ScheduledTaskContext,
  SchedulerThread,
  type EventName,
  type SchedulerEvents,
  type TaskScheduler,
} from 'scheduler-thread'
import { InlineScheduler } from 'scheduler-thread/testing'
import { connect } from 'scheduler-thread/worker'

interface Renewal {
  url: string
  tries?: number
}

interface Queues {
  ocsp: Renewal
  parse: { path: string }
}

async function typedQueues(): Promise<void> {
  const scheduler = new SchedulerThread<{ ocsp: { url: string }; parse: { path: string } }>({
    queues: ['ocsp', 'parse'],
  })
  await scheduler.addTask(new ScheduledTaskContext('ocsp', 'a', 60, { url: 'http://example.org' }))
  const url: string = (await scheduler.getTask('ocsp')).attributes.url
  assert.ok(url)
  for await (const { attributes } of scheduler.tasks('parse')) assert.ok(attributes.path.length)
  await scheduler.consume('parse', ({ attributes: { path } }) => path.length)
  await scheduler.addTasks([
    new ScheduledTaskContext('ocsp', 'a', 60, { url: 'http://example.org' }),
    new ScheduledTaskContext('ocsp', 'b', 60, { url: 'http://example.org' }),
  ])

  // @ts-expect-error an attribute of another type
  await scheduler.addTask(new ScheduledTaskContext('ocsp', 'a', 60, { url: 7 }))
  // @ts-expect-error an attribute is missing
  await scheduler.addTask(new ScheduledTaskContext('ocsp', 'a', 60))
  // @ts-expect-error a queue that is not declared
  await scheduler.addTask(new ScheduledTaskContext('renew', 'a', 60, { url: 'http://example.org' }))
  // @ts-expect-error a queue that is not declared
  await scheduler.getTask('renew')
  // @ts-expect-error an attribute of another queue
  assert.ok((await scheduler.getTask('ocsp')).attributes.path)
  // @ts-expect-error a queue that is not declared
  await scheduler.addQueue('renew')
  // @ts-expect-error a queue that is not declared
  assert.ok(new SchedulerThread<{ ocsp: { url: string } }>({ queues: ['renew'] }))
  assert.ok(new SchedulerThread<Queues>(configure({ 'scheduler.queues': 'ocsp' })))
  const options = configure<'ocsp' | 'parse'>({ 'scheduler.queues': 'ocsp' })
  assert.ok(new SchedulerThread<Queues>({ ...options, logger: console }))
}

async function typedEvents(): Promise<void> {
  const scheduler = connect<Queues>()
  scheduler.addListener(({ type, id }) => `${type} ${id.length}`, ['taskTaken', 'taskDone'])
  scheduler.addListener((event) => {
    if (event.type === 'taskTaken') assert.ok(event.attempt + event.lateness + event.at.getTime())
    // @ts-expect-error not every event has a lateness
    assert.ok(event.lateness)
  })
  for await (const event of scheduler.events({ events: ['workerExited'] })) {
    const gap: number = event.type === 'eventsDropped' ? event.count : event.reason.length
    assert.ok(gap)
    // @ts-expect-error it was not asked for
    if (event.type === 'taskDone') break
  }
  // Every event is { type, at, ...payload }: no payload has a property of these names.
  type Clash = {
    [N in EventName]: string extends keyof SchedulerEvents[N]
      ? never
      : keyof SchedulerEvents[N] & ('type' | 'at')
  }[EventName]
  const clashes: [Clash] extends [never] ? 0 : 1 = 0
  assert.equal(clashes, 0)
  // @ts-expect-error no event has this name
  scheduler.addListener(() => undefined, ['taskdone'])
  // @ts-expect-error a payload of another event
  scheduler.on('taskDone', ({ attempt }) => assert.ok(attempt))
}

async function typedJobs(): Promise<void> {
  const scheduler = connect<Queues>()
  const trigger = { cron: '0 9 * * mon-fri' }
  await scheduler.addJob({ taskName: 'ocsp', trigger, attributes: { url: 'http://example.org' } })
  await scheduler.addCronJob('parse', { hour: 9 }, { attributes: { path: '/' } })
  // @ts-expect-error an attribute of another queue
  await scheduler.addJob({ taskName: 'ocsp', trigger, attributes: { path: '/' } })
  // @ts-expect-error an attribute is missing
  await scheduler.addJob({ taskName: 'ocsp', trigger })
  // @ts-expect-error a queue that is not declared
  await scheduler.addJob({ taskName: 'renew', trigger })
}

async function typesByInterface(): Promise<void> {
  const scheduler = connect<Queues>()
  const added: ScheduledTaskContext<'ocsp', Renewal> = new ScheduledTaskContext('ocsp', 'a', 60, {
    url: 'http://example.org',
  })
  await scheduler.addTask(added)
  const tries: number | undefined = scheduler.getTaskSync('ocsp').attributes.tries
  assert.ok(tries)
  const anywhere: TaskScheduler<Queues> = scheduler
  await anywhere.join('parse')
  // @ts-expect-error a queue that is not declared
  scheduler.getTaskSync('renew')
}

async function untypedQueues(): Promise<void> {
  const scheduler = new InlineScheduler({ queues: { any: { maxSize: 10 } } })
  const renewal: Renewal = { url: 'http://example.org' }
  await scheduler.addTask(new ScheduledTaskContext('any', 'a', '10s', renewal))
  await scheduler.addTask(
    new ScheduledTaskContext('thing', { goes: true }, new Date(), { what: 'ever' }),
  )
  const value: unknown = (await scheduler.getTask('any')).attributes['url']
  assert.ok(value)
  // @ts-expect-error a string is no list of queues
  assert.ok(new InlineScheduler({ queues: 'any' }))
  // @ts-expect-error null is no time in an option
  await scheduler.getTask('any', { timeout: null })
  // @ts-expect-error a context is more than its parts
  await scheduler.addTask({ taskName: 'any', subject: 'a' })
}

test('The types of queues, jobs and events are checked by the compiler.', () => {
  assert.equal([typedQueues, typedEvents, typedJobs, typesByInterface, untypedQueues].length, 5)
})
