import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'

const folder = join(import.meta.dirname, '../src')
const modules = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.js'),
)
/** Entries of our own threads, which do their work when they are loaded. */
const entries = modules.filter((file) => /(scheduler|supervisor|trigger)-entry\.js$/.test(file))

describe('The modules', () => {
  test('Each loads by itself, whichever is loaded first.', async () => {
    assert.ok(modules.length > 40)
    for (const file of modules.filter((one) => !entries.includes(one))) {
      await import(pathToFileURL(join(folder, file)).href)
    }
  })

  test('The entries of threads refuse to be loaded in the main thread.', async () => {
    assert.equal(entries.length, 3)
    for (const file of entries) {
      const loaded = import(pathToFileURL(join(folder, file)).href)
      await assert.rejects(loaded, /is the entry of a worker thread/)
    }
  })
})
