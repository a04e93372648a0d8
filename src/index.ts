export {
  ScheduledTaskContext,
  type AddOptions,
  type AddResult,
  type ContextOptions,
  type ContextScheduler,
} from './core/context.ts'
export type { Duration, DurationParts, Time } from './core/duration.ts'
export {
  ConflictingIdError,
  ContextTypeError,
  DurationError,
  JobLookupError,
  NeverAddedError,
  OptionsError,
  PayloadError,
  QueueEmptyError,
  QueueError,
  QueueFullError,
  SchedulerError,
  SchedulerLostError,
  SchedulerRunningError,
  SchedulerStoppedError,
  TaskDoneError,
  TimeoutError,
  TriggerError,
  type SchedulerErrorOptions,
} from './core/errors.ts'
export type { EventName, JobFailure, SchedulerEvent, SchedulerEvents } from './core/events.ts'
export type { LatenessHistogram } from './core/lateness.ts'
export type { QueueStats, SchedulerStats, Totals } from './core/stats.ts'
export type {
  AnyContext,
  AnyQueues,
  AttributesIn,
  CancelBySubjectOptions,
  CancelOptions,
  ContextOf,
  GetOptions,
  QueuedInfo,
  QueueName,
  QueueOptions,
  QueueTypes,
  ScheduledInfo,
  TaskScheduler,
  WaitOptions,
} from './core/task-scheduler.ts'
export { CustomTrigger } from './jobs/custom-trigger.ts'
export type {
  JobAttributes,
  JobModification,
  JobOptions,
  JobSettings,
  JobTiming,
} from './jobs/job-options.ts'
export type { CronLike, JobExtras, JobScheduler } from './jobs/job-scheduler.ts'
export type { CustomTriggerForm, JobTriggerLike, TriggerAlias } from './jobs/job-trigger.ts'
export { Job, type JobInfo } from './jobs/job.ts'
export type { SchedulerClient } from './thread/client.ts'
export { configure } from './thread/configure.ts'
export type { Consumer, Handler, HandlerOf, HandlerTools } from './thread/consumer.ts'
export type { EventsDropped, EventsOptions, StreamedEvent } from './thread/event-stream.ts'
export type { JobDefaultOptions } from './thread/job-defaults.ts'
export type { ScheduledJobOptions } from './thread/job-client.ts'
export type { Logger, LogLevel } from './thread/logger.ts'
export type {
  QueueList,
  SchedulerOptions,
  SchedulerThreadOptions,
  StartWorkersOptions,
  StopOptions,
} from './thread/options.ts'
export type { StopReport } from './thread/protocol.ts'
export { SchedulerThread } from './thread/scheduler-thread.ts'
export type { CustomNextFireTime } from './thread/trigger-runner.ts'
export type { WorkerGroup } from './thread/worker-group.ts'
export {
  CalendarIntervalTrigger,
  type CalendarIntervalTriggerOptions,
} from './triggers/calendar-interval.ts'
export { AndTrigger, OrTrigger, type CombiningTriggerOptions } from './triggers/combining.ts'
export {
  CronTrigger,
  type CronBounds,
  type CronTriggerOptions,
  type DaylightSaving,
} from './triggers/cron.ts'
export type { CronValue } from './triggers/cron-plan.ts'
export type { DateLike } from './triggers/date-text.ts'
export { DateTrigger, type DateTriggerOptions } from './triggers/date.ts'
export { IntervalTrigger, type IntervalTriggerOptions } from './triggers/interval.ts'
export { ComputedTrigger, type Trigger, type TriggerJson } from './triggers/trigger.ts'
export {
  triggerFrom,
  triggerFromJson,
  triggerToJson,
  type TriggerForm,
  type TriggerLike,
} from './triggers/trigger-codec.ts'
