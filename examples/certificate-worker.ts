/** The worker threads of certificate-watch: `startWorkers` calls the function that is named after its queue. */
import { X509Certificate } from 'node:crypto'
import { threadId } from 'node:worker_threads'
import { ScheduledTaskContext, type HandlerOf } from 'scheduler-thread/worker'
import type { CertificateFacts, WatchQueues } from './certificate-watch/queues.ts'

/** Parses one certificate, schedules its next check and reports, in this order: a report is about what is done. */
export const check: HandlerOf<WatchQueues, 'check'> = async (context, { scheduler }) => {
  const { der, secondsPerYear } = context.attributes
  const found = read(der)
  const nextCheck = typeof found === 'string' ? null : timeOfNextCheck(found, secondsPerYear)
  if (nextCheck) await context.reschedule(nextCheck)
  // A report has no subject: cancelling by the certificate must not lose what was found.
  const report = { fingerprint: String(context.subject), threadId, found, nextCheck }
  await scheduler.addTask(new ScheduledTaskContext('report', null, null, report))
}

/** The facts, or why there are none: bytes that are no certificate stay that, and so it is no error to retry. */
function read(der: Uint8Array): CertificateFacts | string {
  try {
    const { subject, issuer, valid_to } = new X509Certificate(der).toLegacyObject()
    return {
      name: firstText(subject.CN, subject.OU, subject.O),
      issuer: firstText(issuer.O, issuer.CN),
      validTo: new Date(valid_to),
    }
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/**
 * At half of the remaining life: a young root is looked at every ten years, one that is about to expire ever more
 * often, down to every second. An expired one will not be valid again, so it is not watched any more.
 */
function timeOfNextCheck({ validTo }: CertificateFacts, secondsPerYear: number): Date | null {
  const now = Date.now()
  const remainingMs = validTo.getTime() - now
  if (!(remainingMs > 0)) return null
  const years = remainingMs / (365.25 * 86_400_000)
  return new Date(now + Math.max(1, (years / 2) * secondsPerYear) * 1000)
}

/** Parts of a name may be missing, or there may be several of one. */
function firstText(...parts: unknown[]): string {
  return parts.flat().find((part) => typeof part === 'string') ?? 'without a name'
}
