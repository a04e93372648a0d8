import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import { Responder } from '../support/responder.ts'
import { StaplingDaemon } from '../support/stapling-daemon.ts'
import { SwiftAuthority } from '../support/swift-authority.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const asked = process.env['STAPLING_SIZE']
/** Another size may take its time. */
const timeout = asked === undefined ? 240_000 : 3_600_000
/** From the third round to the last. */
const growth = 1.25
/** Before so many renewals the heaps of the worker threads are still finding their size. */
const settledAfter = 5000

/**
 * How many certificates, renewed in how many rounds: '2000x10' in STAPLING_SIZE asks for another size, which takes
 * minutes.
 */
const sizes = sizesOf(asked ?? (process.env['CI'] ? '60x10 2000x1' : '60x10'))

describe('Many certificates', { timeout }, () => {
  for (const { certificates, rounds } of sizes) {
    const often = rounds === 1 ? 'once' : `${rounds} times`
    const flat = isJudged(certificates, rounds) ? ', and memory stays flat' : ''
    test(`All of ${certificates} certificates are stapled ${often}${flat}.`, async (context) => {
      await renewMany(context, certificates, rounds)
    })
  }
})

async function renewMany(
  context: TestContext,
  certificates: number,
  rounds: number,
): Promise<void> {
  const directory = join(temporaryDirectory(context), 'certs')
  const authority = new SwiftAuthority()
  await using responder = await Responder.start((_, response, path) => {
    response.end(authority.respond(Number(path.slice(1))))
  })
  await mkdir(directory)
  await writeFile(join(directory, 'authority.crt'), authority.certificate)
  const serials = Array.from({ length: certificates }, (_, n) => 100_000 + n)
  for (const serial of serials) {
    const certificate = authority.issue({ serial, responder: responder.url(`/${serial}`) })
    await writeFile(join(directory, `${serial}.crt`), certificate)
  }

  // Valid for ten minutes, half of which, times the scale, is less than a round takes.
  const args = ['--certs', directory, '--renewal-threads', '4', '--retry-scale', '0.001']
  const from = performance.now()
  await using daemon = new StaplingDaemon([...args, '--refresh-interval', '5'])
  const memory: number[] = []
  for (let round = 1; round <= rounds; round++) {
    await responder.until(() => responder.pathsWith(round) >= certificates)
    memory.push(await residentMegabytes(daemon.pid))
  }
  const seconds = (performance.now() - from) / 1000
  const { code, summary } = await daemon.end()
  assert.equal(code, 0, daemon.output)
  assert.deepEqual(daemon.said, [])
  assert.match(summary, new RegExp(`^${certificates} certificates of `))
  assert.match(summary, /^0 warnings, 0 errors$/m)
  for (const serial of serials) assert.ok(responder.count(`/${serial}`) >= rounds)
  const staples = (await readdir(directory)).filter((name) => name.endsWith('.ocsp'))
  assert.equal(staples.length, certificates)
  for (const name of staples) {
    const staple = await readFile(join(directory, name))
    assert.ok(staple.includes(authority.idOf(Number(name.split('.')[0]))))
  }

  const gaps = gapsBetween(daemon.printed)
  const rate = (certificates * rounds) / seconds
  context.diagnostic(
    `${rounds} rounds in ${seconds.toFixed(1)} s, ${rate.toFixed(0)} renewals a second; ` +
      `largest gap between two of ${gaps.length + 1} lines: ${Math.max(...gaps)} ms; ` +
      `RSS after each round: ${memory.map((size) => size.toFixed(0)).join(', ')} MB`,
  )
  const [early = 0, last = 0] = [memory[2], memory.at(-1)]
  if (isJudged(certificates, rounds))
    assert.ok(last < early * growth, `${early} MB became ${last} MB`)
}

/** Whether a run is long enough to judge its memory. */
function isJudged(certificates: number, rounds: number): boolean {
  return rounds > 3 && certificates * 3 >= settledAfter
}

/** What a process has in memory; not known where there is no /proc. */
async function residentMegabytes(pid: number): Promise<number> {
  const path = `/proc/${pid}/status`
  if (!existsSync(path)) return Number.NaN
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(await readFile(path, 'utf8'))?.[1]) / 1024
}

/** Milliseconds between the times of lines of status. */
function gapsBetween(printed: readonly string[]): number[] {
  const lines = printed.filter((line) => / files=/.test(line))
  const times = lines.map((line) => Date.parse(line.split(' ')[0] ?? ''))
  return times.slice(1).map((time, index) => time - (times[index] ?? 0))
}

function sizesOf(text: string): { readonly certificates: number; readonly rounds: number }[] {
  return text.split(' ').map((size) => {
    const [certificates = 0, rounds = 0] = size.split('x').map(Number)
    return { certificates, rounds }
  })
}
