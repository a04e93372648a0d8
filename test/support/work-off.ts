import type { SchedulerClient } from '../../src/index.ts'

/** Takes and finishes everything that is queued; gives the ids, in order. */
export async function workOff(scheduler: SchedulerClient, taskName = 'q'): Promise<string[]> {
  const ids: string[] = []
  while (!(await scheduler.isEmptyQueue(taskName))) {
    const context = await scheduler.getTask(taskName)
    ids.push(context.id)
    await scheduler.taskDone(context)
  }
  return ids
}
