/** A thread of `startWorkers` begins here. */
export { consumeFile as run } from './consume-file.ts'
