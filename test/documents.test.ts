import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { errorCodes } from '../src/core/errors.ts'
import { eventNames } from '../src/core/events.ts'
import { documents, linksOf, programsOf } from './support/documents.ts'

/** Inside the package, so that a program imports it by its name. */
const scratch = join(import.meta.dirname, '..')
const pages = documents()
const allPrograms = [...pages].flatMap(([path, text]) => programsOf(path, text))

describe('The documents', () => {
  test('There are programs in them.', () => {
    assert.ok(allPrograms.length >= 4)
  })

  for (const { document, files, output } of allPrograms) {
    const [main = ''] = files.keys()
    test(`${main} in ${document} prints what is written below it.`, (t) => {
      const folder = mkdtempSync(join(scratch, 'document-'))
      t.after(() => rmSync(folder, { recursive: true }))
      for (const [name, code] of files) writeFileSync(join(folder, name), code)
      const printed = execFileSync(process.execPath, [join(folder, main)], { encoding: 'utf8' })
      assert.deepEqual(lines(printed), lines(output))
    })
  }

  for (const [path, text] of pages) {
    test(`Every link in ${path} leads to a file.`, () => {
      assert.deepEqual(
        linksOf(path, text).filter((file) => !existsSync(file)),
        [],
      )
    })
  }

  test('Every code of an error is in docs/errors.md, with its class, and no other.', () => {
    const page = pages.get('docs/errors.md') ?? ''
    const rows = [...page.matchAll(/^\| `([A-Z_]+)` \| `(\w+)` \|/gm)].map(([, code, name]) => [
      code,
      name,
    ])
    assert.deepEqual(new Map(rows as [string, string][]), new Map(errorCodes))
  })

  test('Every event is in the table of docs/events.md, and no other.', () => {
    const page = pages.get('docs/events.md') ?? ''
    const cells = [...page.matchAll(/^\| ((?:`[a-z]+[A-Z]\w+`(?:, )?)+) \| .*\| .*\|$/gm)]
    const named = cells.flatMap(([, cell = '']) => cell.replaceAll('`', '').split(', '))
    assert.deepEqual(named.toSorted(), [...eventNames].toSorted())
  })

  test('Every source file that docs/architecture.md names exists.', () => {
    const page = pages.get('docs/architecture.md') ?? ''
    const named = [...page.matchAll(/`((?:core|jobs|thread|executors)\/[\w-]+\.ts)`/g)].map(
      ([, file = '']) => file,
    )
    assert.ok(named.length > 10)
    assert.deepEqual(
      named.filter((file) => !existsSync(join(scratch, '..', 'src', file))),
      [],
    )
  })
})

/** Threads print in any order. */
function lines(text: string): string[] {
  return text
    .trim()
    .split('\n')
    .toSorted((a, b) => (a < b ? -1 : 1))
}
