import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'

const root = join(import.meta.dirname, '../..')
const page = readFileSync(join(root, 'docs/coming-from.md'), 'utf8')

interface Row {
  readonly number: number
  readonly was: string
  readonly ours: string
  readonly tests: readonly string[]
}

const rows: readonly Row[] = page
  .split('\n')
  .filter((line) => /^\| \d+ \|/.test(line))
  .map((line) => {
    const [, number = '', was = '', ours = '', tests = ''] = line.split(/(?<!\\) ?\| ?/)
    return { number: Number(number), was, ours, tests: tests.split('<br>') }
  })

describe('docs/coming-from.md', () => {
  test('It has one row for each feature from 43 to 142, in their order.', () => {
    assert.deepEqual(
      rows.map(({ number }) => number),
      Array.from({ length: 100 }, (_, n) => n + 43),
    )
    for (const { number, was, ours } of rows) assert.ok(was !== '' && ours !== '', `${number}`)
  })

  test('A row without a test says that it comes later, or why it is not here.', () => {
    const without = rows.filter(({ tests }) => tests.join() === '–')
    const silent = without.filter(({ ours }) => !/^(?:Later|Not here): \w/.test(ours))
    assert.deepEqual(silent, [])
  })

  test('Every test that it names exists, in the file that it names.', () => {
    const named = rows.flatMap(({ tests }) => tests).filter((name) => name !== '–')
    assert.ok(named.length > 80)
    assert.deepEqual(
      named.filter((name) => !exists(name)),
      [],
    )
  })

  test('A test that is not there, or not in that file, or of other options, is missed.', () => {
    const good = 'triggers/cron: {"hour":"*/8"} fires as it says.'
    assert.equal(exists(good), true)
    for (const name of [
      good.replace('cron', 'no-such-file'),
      good.replace('cron', 'date'),
      good.replace('says', 'said'),
      good.replace('*/8', '*/7'),
      'fires as it says.',
    ]) {
      assert.equal(exists(name), false, name)
    }
  })
})

/** Whether a test of this file and title is there: `folder/file: Title.` */
function exists(name: string): boolean {
  const [, file, title = ''] = /^([\w/-]+): (.+)$/.exec(name) ?? []
  const path = join(root, 'test', `${file}.test.ts`)
  if (file === undefined || !existsSync(path)) return false
  const source = readFileSync(path, 'utf8')
  const titles = source.matchAll(/\btest\(\s*(['"`])(.+?)\1,/g)
  return [...titles].some(([, , pattern = '']) => isTitle(title, pattern, source))
}

/** A title may be a template: what stands in its places is JSON of what is in the file, or a … that stands for anything. */
function isTitle(title: string, pattern: string, source: string): boolean {
  if (!pattern.includes('${')) return pattern.replaceAll("\\'", "'") === title
  const parts = pattern.split(/\$\{(?:[^{}]|\{[^{}]*\})*\}/)
  const found = new RegExp(`^${parts.map(escaped).join('(.+)')}$`).exec(title)
  if (!found) return false
  return found.slice(1).every((given) => given === '…' || valuesOf(given).every(isIn(source)))
}

function valuesOf(json: string): string[] {
  const value: unknown = JSON.parse(json)
  const values: unknown[] =
    typeof value === 'object' && value !== null ? Object.values(value) : [value]
  return values.map((one) => (typeof one === 'string' ? `'${one}'` : `: ${String(one)}`))
}

const isIn = (source: string) => (text: string) => source.includes(text)

function escaped(text: string): string {
  return text.replaceAll(/[$()*+./?[\\\]^{|}-]/g, '\\$&')
}
