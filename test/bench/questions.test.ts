import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { attributesOf } from '../../bench/core-driver.ts'
import { cancelSubjects, hourMs, loadCore, shuffled, tenEach } from '../../bench/core-load.ts'
import { loadQuestion, questionNames } from '../../bench/questions.ts'
import { measurementsThatMeetAll } from '../support/measured.ts'
import { importsOf } from '../support/source-scan.ts'

const folder = join(import.meta.dirname, '../../../bench')

describe("The benchmarks' way into the core", () => {
  for (const posted of [false, true]) {
    test(`Everything that is loaded comes out again, ${posted ? 'posted' : 'as packed'}.`, () => {
      const { core } = loadCore({ count: 1000, horizonMs: hourMs, subjectOf: tenEach, posted })
      core.advanceTo(0)
      assert.equal(core.workOff(), 0)
      core.advanceTo(hourMs + 1)
      assert.equal(core.workOff(), 1000)
    })
  }

  test('Each is found by its id and by its subject, once.', () => {
    const load = { count: 1000, horizonMs: hourMs, subjectOf: tenEach, keepIds: true }
    const { core, ids } = loadCore(load)
    assert.equal(new Set(ids).size, 1000)
    assert.equal(core.cancel(ids[0] ?? ''), true)
    assert.equal(core.cancel(ids[0] ?? ''), false)
    assert.equal(cancelSubjects(core, [tenEach(0)]).cancelled, 9)
    core.advanceTo(hourMs + 1)
    assert.equal(core.workOff(), 990)
  })

  test('Attributes are 100 bytes, and nothing but their form is the same.', () => {
    const texts = Array.from({ length: 1000 }, (_, index) => JSON.stringify(attributesOf(index)))
    assert.deepEqual(new Set(texts.map((text) => Buffer.byteLength(text))), new Set([100]))
    const serials = texts.map((text) => /^{"serial":"([\da-f]{32})"/.exec(text)?.[1] ?? '')
    for (const part of [0, 8, 16, 24]) {
      assert.equal(new Set(serials.map((serial) => serial.slice(part, part + 8))).size, 1000)
    }
  })

  test('Given ids are kept.', () => {
    const idOf = (index: number): string => `task ${index}`
    const { core } = loadCore({ count: 10, horizonMs: hourMs, subjectOf: tenEach, idOf })
    assert.equal(core.cancel('task 7'), true)
  })

  test('A random order has every number once.', () => {
    assert.deepEqual(
      shuffled(100).toSorted(),
      Uint32Array.from({ length: 100 }, (_, index) => index),
    )
  })

  test('No other file of bench/ imports more of src/ than users can.', () => {
    const entries = ['src/index.ts', 'src/worker.ts']
    const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
      (path) => path.endsWith('.ts') && !path.startsWith('node_modules'),
    )
    assert.ok(sources.length > 30)
    const inside = sources.filter((path) =>
      importsOf(readFileSync(join(folder, path), 'utf8')).some(
        ({ specifier }) =>
          specifier.includes('/src/') && !entries.some((entry) => specifier.endsWith(entry)),
      ),
    )
    assert.deepEqual(inside, ['core-driver.ts'])
  })
})

describe('The questions', () => {
  test('They have every contender that a goal names.', async () => {
    for (const [name, series] of Object.entries(measurementsThatMeetAll())) {
      const { contenders } = await loadQuestion(name)
      const known = new Set(contenders.map((contender) => contender.name))
      assert.deepEqual(
        Object.keys(series).filter((contender) => !known.has(contender)),
        [],
        name,
      )
    }
  })

  for (const name of questionNames) {
    test(`${name} has contenders, each of its own name.`, async () => {
      const { name: own, contenders } = await loadQuestion(name)
      assert.equal(own, name)
      assert.ok(contenders.length > 0)
      assert.equal(new Set(contenders.map((one) => one.name)).size, contenders.length)
    })
  }
})
