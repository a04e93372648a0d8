/** `scheduler-thread/worker`: what code in a worker thread needs. */
export { connect } from './thread/connect.ts'
export type { WorkerClient } from './thread/worker-client.ts'
export type { WorkerConnection } from './thread/worker-connection.ts'
export { ScheduledTaskContext } from './core/context.ts'
export type { Handler, HandlerTools } from './thread/consume.ts'
