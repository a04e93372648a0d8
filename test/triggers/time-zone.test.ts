import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { TriggerError } from '../../src/core/errors.ts'
import { TimeZone, type WallReading } from '../../src/triggers/time-zone.ts'
import { IntlWalk } from '../support/intl-walk.ts'

const hour = 3_600_000
/** What is awkward: half hours, changes of half an hour, the date line, several changes a year, seconds. */
const awkward = [
  'UTC',
  'Europe/Berlin',
  'Europe/Dublin',
  'America/New_York',
  'America/St_Johns',
  'America/Caracas',
  'America/Sao_Paulo',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Pacific/Kiritimati',
  'Pacific/Chatham',
  'Asia/Kathmandu',
  'Asia/Gaza',
  'Africa/Casablanca',
  'Africa/Cairo',
  'Africa/Monrovia',
  'Antarctica/Troll',
]

function shown(reading: WallReading): string {
  const { kind, ...instants } = reading
  return [kind, ...Object.values(instants).map((ms) => new Date(ms).toISOString())].join(' ')
}

describe('A time zone', () => {
  test('Its name is taken in any case, and given as the database writes it.', () => {
    assert.equal(TimeZone.of('europe/berlin').name, 'Europe/Berlin')
    assert.equal(TimeZone.of('UTC').name, 'UTC')
    assert.equal(String(TimeZone.of('America/New_York')), 'America/New_York')
  })

  test('A name that is newer than what Intl makes of it stays.', () => {
    assert.equal(TimeZone.of('Asia/Kolkata').name, 'Asia/Kolkata')
  })

  test('The same zone is made once.', () => {
    assert.equal(TimeZone.of('Europe/Berlin'), TimeZone.of('Europe/Berlin'))
  })

  test('No name, or local, is the zone of the process, by its own name.', () => {
    const { timeZone } = new Intl.DateTimeFormat().resolvedOptions()
    for (const name of [undefined, null, 'local']) assert.equal(TimeZone.of(name).name, timeZone)
  })

  for (const [zone, name] of [
    ['', 'UTC'],
    ['Nowhere/Land', 'UTC'],
    ['UTC+3', 'Etc/GMT+3'],
    ['JST-9', 'Etc/GMT-9'],
    ['Asia/Tokyo', 'Asia/Tokyo'],
  ] as const) {
    test(`A process whose TZ is ${JSON.stringify(zone)} is in ${name}, as its dates are.`, (t) => {
      const { TZ } = process.env
      t.after(() => {
        if (TZ === undefined) delete process.env['TZ']
        else process.env['TZ'] = TZ
      })
      process.env['TZ'] = zone
      const local = TimeZone.of(undefined)
      assert.equal(local.name, name)
      assert.equal(local.toWall(0), 0 - new Date(0).getTimezoneOffset() * 60_000)
    })
  }

  for (const name of ['Europe/Berlim', '', '+02:00', ' UTC', 5, {}, true, 'a'.repeat(1000)]) {
    test(`${JSON.stringify(name).slice(0, 20)} is refused, with how to find the right name.`, () => {
      assert.throws(
        () => TimeZone.of(name),
        (error) =>
          error instanceof TriggerError &&
          error.code === 'TRIGGER_INVALID' &&
          error.details['field'] === 'timezone' &&
          error.message.includes('supportedValuesOf'),
      )
    })
  }

  for (const [name, wall, expected] of [
    ['Europe/Berlin', '2024-07-01T12:00', 'once 2024-07-01T10:00:00.000Z'],
    ['Europe/Berlin', '2024-03-31T01:59', 'once 2024-03-31T00:59:00.000Z'],
    ['Europe/Berlin', '2024-03-31T02:00', 'gap 2024-03-31T01:00:00.000Z'],
    ['Europe/Berlin', '2024-03-31T02:59', 'gap 2024-03-31T01:00:00.000Z'],
    ['Europe/Berlin', '2024-03-31T03:00', 'once 2024-03-31T01:00:00.000Z'],
    [
      'Europe/Berlin',
      '2024-10-27T02:00',
      'twice 2024-10-27T00:00:00.000Z 2024-10-27T01:00:00.000Z',
    ],
    ['Europe/Berlin', '2024-10-27T03:00', 'once 2024-10-27T02:00:00.000Z'],
    ['Australia/Lord_Howe', '2024-10-06T02:15', 'gap 2024-10-05T15:30:00.000Z'],
    [
      'Australia/Lord_Howe',
      '2024-04-07T01:45',
      'twice 2024-04-06T14:45:00.000Z 2024-04-06T15:15:00.000Z',
    ],
    ['Pacific/Apia', '2011-12-30T12:00', 'gap 2011-12-30T10:00:00.000Z'],
    ['Pacific/Apia', '2011-12-29T23:59', 'once 2011-12-30T09:59:00.000Z'],
    ['Pacific/Apia', '2011-12-31T00:00', 'once 2011-12-30T10:00:00.000Z'],
    ['America/St_Johns', '2010-03-14T00:30', 'gap 2010-03-14T03:31:00.000Z'],
    ['Africa/Monrovia', '1972-01-07T00:30', 'gap 1972-01-07T00:44:30.000Z'],
  ] as const) {
    test(`In ${name}, ${wall} is ${expected.split(' ')[0]}.`, () => {
      const reading = TimeZone.of(name).instants(Date.parse(`${wall}Z`))
      assert.equal(shown(reading), expected)
    })
  }

  test('The instant of a wall time is the first of two, or the end of a gap.', () => {
    const berlin = TimeZone.of('Europe/Berlin')
    const first = (wall: string): string =>
      new Date(berlin.first(Date.parse(`${wall}Z`))).toISOString()
    assert.equal(first('2024-03-31T02:30'), '2024-03-31T01:00:00.000Z')
    assert.equal(first('2024-10-27T02:30'), '2024-10-27T00:30:00.000Z')
    assert.equal(first('2024-07-01T12:00'), '2024-07-01T10:00:00.000Z')
  })

  test('It shows at every instant what Intl formats, from 1970 to 9999, in whatever order one asks.', () => {
    const walks = new Map(awkward.map((name) => [name, new IntlWalk(name)]))
    fc.assert(
      fc.property(
        fc.constantFrom(...awkward),
        fc.array(fc.oneof(seconds(0, 2100), seconds(0, 9999)), { minLength: 1, maxLength: 4 }),
        (name, instants) => {
          const zone = TimeZone.of(name)
          for (const at of instants) {
            assert.equal(zone.toWall(at), walks.get(name)?.wall(at), `${name} ${at}`)
            assert.equal(zone.offsetMs(at), zone.toWall(at) - at)
          }
        },
      ),
      { numRuns: 500 },
    )
  })

  test('What it shows at an instant, it finds again.', () => {
    fc.assert(
      fc.property(fc.constantFrom(...awkward), seconds(0, 2100), (name, at) => {
        const zone = TimeZone.of(name)
        const reading = zone.instants(zone.toWall(at))
        if (reading.kind === 'twice') {
          assert.ok(reading.first < reading.second)
          assert.ok(reading.first === at || reading.second === at)
        } else {
          assert.deepEqual(reading, { kind: 'once', at })
        }
      }),
      { numRuns: 2000 },
    )
  })

  test('What it finds, it shows; and at the end of a gap something later.', () => {
    const zone = TimeZone.of('America/St_Johns')
    const change = Date.parse('2010-03-14T03:31:00Z')
    fc.assert(
      fc.property(fc.integer({ min: -40, max: 40 }), fc.nat(3599), (hours, second) => {
        const wall = change + hours * hour + second * 1000
        const reading = zone.instants(wall)
        if (reading.kind === 'gap') assert.ok(zone.toWall(reading.end) > wall)
        else assert.equal(zone.toWall(reading.kind === 'once' ? reading.at : reading.first), wall)
      }),
    )
  })
})

/** Instants of whole seconds from 1970 to a year. */
function seconds(from: number, lastYear: number): fc.Arbitrary<number> {
  return fc
    .integer({ min: from, max: Date.UTC(lastYear, 11, 31) / 1000 })
    .map((second) => second * 1000)
}
