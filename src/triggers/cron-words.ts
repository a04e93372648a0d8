import type { CronItems } from './cron-calendar.ts'
export function explainCron(items: CronItems, either: boolean): string {
  return `${Object.keys(items).join()} ${either}`
}
