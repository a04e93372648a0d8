import { fileURLToPath } from 'node:url'
import type { Question } from './question.ts'

/** The questions, in the order in which they are put. Each is a file of `questions/`. */
export const questionNames = [
  'lateness',
  'throughput',
  'strict',
  'sync',
  'bullmq',
  'burst',
  'mixed',
  'attributes',
  'reschedule',
  'cancel',
  'subject',
  'memory',
  'growth',
  'next-time',
  'jobs',
  'idle',
  'startup',
] as const

/** Loads the file of a question, and no other: a contender's process begins with a heap that is as good as empty. */
export async function loadQuestion(name: string): Promise<Question> {
  const url = new URL(`./questions/${name}${import.meta.url.slice(-3)}`, import.meta.url)
  const { question } = (await import(url.href)) as { readonly question: Question }
  return question
}

/** Where a file of `workers/` lies, for those who start threads. */
export function workerFile(name: string): string {
  return fileURLToPath(new URL(`./workers/${name}${import.meta.url.slice(-3)}`, import.meta.url))
}
