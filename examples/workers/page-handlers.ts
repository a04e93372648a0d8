/** The handlers of 03-start-workers: each is called with the contexts of the queue that it is named after. */
import type { ContextOf, TaskScheduler } from 'scheduler-thread'
import { ScheduledTaskContext, type HandlerTools } from 'scheduler-thread/worker'

export interface Queues {
  fetch: object
  count: { text: string }
  report: { words: number }
}

type Tools = HandlerTools<TaskScheduler<Queues>>

const pages = new Map([
  ['index', 'welcome here'],
  ['about', 'who we are'],
  ['contact', 'write to us soon'],
])

async function fetchPage(
  { subject }: ContextOf<Queues, 'fetch'>,
  { scheduler }: Tools,
): Promise<void> {
  const text = pages.get(String(subject)) ?? ''
  await scheduler.addTask(new ScheduledTaskContext('count', subject, null, { text }))
}

async function countWords(
  { subject, attributes }: ContextOf<Queues, 'count'>,
  { scheduler }: Tools,
): Promise<void> {
  const words = attributes.text.split(' ').length
  await scheduler.addTask(new ScheduledTaskContext('report', subject, null, { words }))
}

export { fetchPage as fetch, countWords as count }
