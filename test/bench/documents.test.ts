import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { betweenMarks } from '../../bench/documents.ts'
import { shownFigure, shownRatio, tableOf } from '../../bench/figures.ts'
import { svgOf } from '../../bench/plot.ts'
import { figureTable } from '../../bench/report.ts'
import { documents } from '../support/documents.ts'
import { measurementsThatMeetAll, passes } from '../support/measured.ts'

describe('What the benchmarks write', () => {
  test('A table goes between its marks and leaves the rest alone.', () => {
    const page =
      'before\n<!-- bench:a -->\nold\n<!-- /bench -->\nafter\n<!-- bench:b -->\n<!-- /bench -->\n'
    const written = betweenMarks(page, 'a', 'new $1')
    assert.equal(
      written,
      'before\n<!-- bench:a -->\n\nnew $1\n\n<!-- /bench -->\nafter\n<!-- bench:b -->\n<!-- /bench -->\n',
    )
    assert.equal(betweenMarks(written, 'a', 'new $1'), written)
    assert.throws(() => betweenMarks(page, 'c', ''), /Expected the marks of c/)
  })

  test('The README and the page about performance have the marks.', () => {
    const pages = documents()
    for (const name of ['lateness', 'rates']) betweenMarks(pages.get('README.md') ?? '', name, '')
    for (const name of ['machine', 'goals', 'lateness-plot', 'throughput-plot', 'figures']) {
      betweenMarks(pages.get('docs/performance.md') ?? '', name, '')
    }
  })

  test('A distribution is shown by its percentiles, other figures by their medians.', () => {
    const { lateness = {} } = measurementsThatMeetAll()
    const table = figureTable({ ...lateness, missing: { passes: [], failures: ['not there'] } })
    assert.match(table, /p50, µs late +\| p90 +\| p99 +\| early/)
    assert.match(table, /SchedulerThread +\| 80 +\| 112 /)
    assert.match(table, /missing \(0 passes: not there\)/)
    assert.match(figureTable({ a: passes({ perSecond: 78_000 }) }), /\| a +\| 78 +\|/)
  })

  test('Figures and ratios have as many digits as say something.', () => {
    assert.equal(shownFigure('in256PerSecond', 95_234), 'in 256 95.2 k/s')
    assert.equal(shownFigure('usLate', 80.04), '80.0 µs late')
    assert.deepEqual([0.147, 0.0025, 0.8, 12.24, 0, 1e7].map(shownRatio), [
      '1/6.80',
      '1/400',
      '0.80',
      '12.2',
      '0',
      '10,000,000',
    ])
    assert.equal(tableOf([['a', 'b'], ['1']]), '| a   | b   |\n| --- | --- |\n| 1   |     |')
  })

  test('A plot draws its lines inside its axes.', () => {
    const svg = svgOf({
      title: 'a < b & c',
      x: { label: 'x', from: 1, to: 100, logarithmic: true, ticks: [[10, 'ten']] },
      y: { label: 'y', from: 0, to: 1, ticks: [] },
      lines: [
        {
          name: 'one',
          points: [
            [0.001, 0],
            [10, 0.5],
            [1e6, 2],
          ],
        },
      ],
    })
    assert.match(svg, /a &lt; b &amp; c/)
    assert.match(svg, /d="M100 360L355 205L610 50"/)
    assert.match(svg, /<text x="355"[^>]*>ten</)
  })
})
