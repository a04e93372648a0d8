import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { basename, join } from 'node:path'
import { describe, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { readStaple } from '../../examples/ocsp/ocsp.ts'
import { verdictOf } from '../support/openssl-authority.ts'
import { hangs, Responder } from '../support/responder.ts'
import { StaplingDaemon } from '../support/stapling-daemon.ts'
import { SwiftAuthority } from '../support/swift-authority.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const timeout = 300_000
/** Staples valid for ten minutes are renewed again as soon as there is time. */
const withoutPause = ['--retry-scale', '0.00001']

/** Many certificates, and a responder that knows each by the serial number in its path. */
async function openSite(home: string, count: number) {
  const directory = join(home, 'certs')
  const authority = new SwiftAuthority()
  const responder = await Responder.start((_, response, path) => {
    response.end(authority.respond(Number(path.slice(1))))
  })
  await mkdir(directory)
  const ca = join(directory, 'authority.crt')
  await writeFile(ca, authority.certificate)
  const certificates = Array.from({ length: count }, (_, n) => join(directory, `${100 + n}.crt`))
  for (const path of certificates) {
    const serial = Number(basename(path, '.crt'))
    await writeFile(path, authority.issue({ serial, responder: responder.url(`/${serial}`) }))
  }
  const issuer = new X509Certificate(authority.certificate).raw
  return {
    directory,
    authority,
    responder,
    certificates,
    ca,
    /** How many staples there are; each is read and verified. */
    check: async (): Promise<number> => {
      const names = (await readdir(directory)).filter((name) => name.endsWith('.ocsp'))
      for (const name of names) {
        const staple = join(directory, name)
        const certificate = new X509Certificate(await readFile(staple.replace('.ocsp', '')))
        const { status } = await readStaple(
          await readFile(staple),
          certificate.raw,
          issuer,
          new Date(),
        )
        assert.equal(status, 'good', name)
      }
      return names.length
    },
    leftovers: async (): Promise<string[]> =>
      (await readdir(directory)).filter((name) => name.endsWith('.tmp')),
    [Symbol.asyncDispose]: () => responder[Symbol.asyncDispose](),
  }
}

describe('The stapling daemon, when it is told to end', { timeout }, () => {
  test('With a responder, an address of an issuer and a HAProxy that all hang, it ends cleanly.', async (context) => {
    const home = temporaryDirectory(context)
    await using site = await openSite(home, 40)
    const { responder, directory } = site
    const threads = 4
    for (let n = 0; n < threads; n++) responder.on(`/${110 + n * 5}`, hangs)
    const lost = new SwiftAuthority('Lost')
    const caIssuers = responder.on('/issuer', hangs)
    const last = lost.issue({ serial: 1, responder: responder.url('/1'), caIssuers })
    await writeFile(join(directory, 'zzz.crt'), last)
    const socket = join(home, 'commands')
    const haproxy = createServer()
    haproxy.listen(socket)
    context.after(() => haproxy.close())
    const connected = once(haproxy, 'connection')

    const args = ['--certs', directory, '--haproxy-socket', socket, ...withoutPause]
    await using daemon = new StaplingDaemon([...args, '--renewal-threads', String(threads)])
    await connected
    await responder.requests('/issuer', 1)
    await responder.until(() => {
      return Array.from({ length: threads }, (_, n) => responder.count(`/${110 + n * 5}`)).every(
        (count) => count > 0,
      )
    })
    const from = performance.now()
    const { code, summary } = await daemon.end()
    const took = performance.now() - from
    context.diagnostic(`ended ${took.toFixed(0)} ms after SIGINT, with ${threads + 2} that hang`)
    assert.equal(code, 0, daemon.output)
    assert.match(summary, / 0 errors$/)
    assert.deepEqual(await site.leftovers(), [])
    assert.ok((await site.check()) > 0)
  })

  test('In the midst of renewals without a pause it ends cleanly, too, and leaves every staple whole.', async (context) => {
    await using site = await openSite(temporaryDirectory(context), 30)
    const args = ['--certs', site.directory, ...withoutPause, '--renewal-threads', '4']
    await using daemon = new StaplingDaemon(args)
    await site.responder.requests('/120', 4)
    const from = performance.now()
    const { code, summary } = await daemon.end()
    const took = performance.now() - from
    context.diagnostic(`ended ${took.toFixed(0)} ms after SIGINT`)
    assert.equal(code, 0, daemon.output)
    const [, added, parts = ''] = /^contexts added: (\d+) = (.*)$/m.exec(summary) ?? []
    const sum = [...parts.matchAll(/\d+/g)].reduce((total, [number]) => total + Number(number), 0)
    assert.equal(sum, Number(added), summary)
    assert.deepEqual(await site.leftovers(), [])
    assert.equal(await site.check(), 30)
  })

  test('Told a second time it ends at once.', async (context) => {
    const home = temporaryDirectory(context)
    // While it makes its own certificates it does not look up.
    await using daemon = new StaplingDaemon(['--one-off'], { TMPDIR: home })
    const deadline = Date.now() + 30_000
    while ((await readdir(home)).length === 0 && Date.now() < deadline) await wait(5)
    const from = performance.now()
    const over = new AbortController()
    const end = daemon.ended.finally(() => over.abort())
    // Two signals that arrive together are one.
    let sent = 0
    while (!over.signal.aborted) {
      daemon.signal('SIGINT')
      sent++
      await Promise.race([end, wait(20)])
    }
    context.diagnostic(`ended ${(performance.now() - from).toFixed(0)} ms after the first SIGINT`)
    const { code, signal } = await end
    // Once it ends it listens no more, and the next signal kills it: a shell says 130 of that, too.
    assert.ok(sent > 1, 'One signal does not end it at once.')
    assert.equal(code ?? (signal === 'SIGINT' ? 130 : signal), 130)
  })
})

describe('The stapling daemon, when it is killed', { timeout }, () => {
  test('Every staple is whole, however often it happens; the next start removes what was left and completes.', async (context) => {
    await using site = await openSite(temporaryDirectory(context), 30)
    const { directory, responder, certificates } = site
    const args = ['--certs', directory, ...withoutPause]
    const left: number[] = []
    let killed = 0
    for (const requests of [15, 42, 77, 98]) {
      await using daemon = new StaplingDaemon(args)
      const total = (): number => [...responder.counts.values()].reduce((sum, n) => sum + n, 0)
      const goal = total() + requests
      await responder.until(() => total() >= goal)
      killed = daemon.pid
      assert.equal((await daemon.end('SIGKILL')).code, null)
      left.push((await site.leftovers()).length)
      assert.ok((await site.check()) > 0)
    }
    await writeFile(join(directory, `.100.crt.ocsp.${killed}-1-1.tmp`), 'half a st')
    context.diagnostic(`left unfinished by ${left.length} kills: ${left.join(', ')}`)
    const { code, said } = await StaplingDaemon.run(['--one-off', '--certs', directory])
    assert.equal(code, 0, said.join('\n'))
    assert.deepEqual(await site.leftovers(), [])
    assert.equal(await site.check(), certificates.length)
    const [certificate = ''] = certificates
    assert.equal(await verdictOf(`${certificate}.ocsp`, certificate, site.ca), 'good')
  })
})
