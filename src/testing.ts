/** `scheduler-thread/testing`: a clock that moves when it is told to, and a scheduler without a thread. */
export { FakeClock, type Ticking } from './thread/fake-clock.ts'
export { InlineScheduler } from './thread/inline-scheduler.ts'
