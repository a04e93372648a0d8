import { mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { threadId } from 'node:worker_threads'

const leftover = /^\..+\.(\d+)-\d+-\d+\.tmp$/
let written = 0

/** Writes a file whole or not at all: whoever reads it sees the old content or the new. @throws as the file system does */
export async function writeAtomically(path: string, content: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  // Beside it, since only a rename within a file system is atomic; hidden, so that nobody takes it for a staple.
  const name = `.${basename(path)}.${process.pid}-${threadId}-${++written}.tmp`
  const temporary = join(dirname(path), name)
  try {
    const file = await open(temporary, 'wx')
    try {
      await file.writeFile(content)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

/**
 * Removes what processes that were killed left of their writing in a directory and below. To be called before this
 * process writes anything: what bears its number is of an earlier one.
 */
export async function sweepLeftovers(directory: string): Promise<void> {
  const entries = await readdir(directory, { recursive: true }).catch(() => [])
  for (const entry of entries) {
    const pid = leftover.exec(basename(entry))?.[1]
    if (pid !== undefined && !isAlive(Number(pid)))
      await rm(join(directory, entry), { force: true })
  }
}

function isAlive(pid: number): boolean {
  if (pid === process.pid) return false
  try {
    return process.kill(pid, 0)
  } catch (error) {
    // It lives, and belongs to somebody else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
