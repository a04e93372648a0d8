import { ByteText } from '../../src/core/byte-text.ts'
import type { NewTask } from '../../src/core/task-record.ts'
import type { TimedRun } from '../../src/core/timed-run.ts'

/** What the core is given of contexts that have a time: their texts are of one byte for each character. */
export function timedRunOf(
  tasks: readonly NewTask[],
  taskNames: readonly string[] = [...new Set(tasks.map(({ record }) => record.taskName))],
): TimedRun {
  const ends: number[] = []
  let text = ''
  for (const { record } of tasks) {
    text += record.id
    ends.push(text.length)
    if (record.subjectKey !== null) text += record.subjectKey
    ends.push(record.subjectKey === null ? ~text.length : text.length)
    text += record.cargo as string
    ends.push(text.length)
  }
  return {
    count: tasks.length,
    taskNames,
    queues: Uint32Array.from(tasks, ({ record }) => taskNames.indexOf(record.taskName)),
    text: new ByteText(new Uint8Array(Buffer.from(text, 'latin1'))),
    ends: Int32Array.from(ends),
    base: 0,
    dues: Float64Array.from(tasks, ({ due }) => due ?? Number.NaN),
    epochs: tasks.every(({ epochMs }) => epochMs === null)
      ? null
      : Float64Array.from(tasks, ({ epochMs }) => epochMs ?? Number.NaN),
  }
}
