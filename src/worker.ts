/** `scheduler-thread/worker`: what code in a worker thread needs. */
export { connect } from './thread/connect.ts'
export type { WorkerClient } from './thread/worker-client.ts'
export type { WorkerConnection } from './thread/worker-connection.ts'
export { ScheduledTaskContext } from './core/context.ts'
export { SchedulerError, SchedulerLostError, SchedulerStoppedError } from './core/errors.ts'
export type { AnyContext, AnyQueues, ContextOf, TaskScheduler } from './core/task-scheduler.ts'
export type { Handler, HandlerOf, HandlerTools } from './thread/consumer.ts'
