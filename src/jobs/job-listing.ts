import type { Job } from './job.ts'

/** Jobs as `printJobs` prints them: pending ones, if there are any, then the others. */
export function jobListing(jobs: readonly Job[]): string {
  const pending = jobs.filter((job) => job.pending)
  const others = jobs.filter((job) => !job.pending)
  const blocks = [block('Jobs:', others)]
  if (pending.length > 0) blocks.unshift(block('Pending jobs:', pending))
  return blocks.join('')
}

function block(title: string, jobs: readonly Job[]): string {
  const lines = jobs.length > 0 ? jobs.map(String) : ['No scheduled jobs']
  return [title, ...lines.map((line) => `    ${line}`), ''].join('\n')
}
