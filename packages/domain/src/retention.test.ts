import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SnapshotId } from './ids.ts'
import { FROZEN_REASON, hasKeepRule, KeepRules, type RetainedSnapshot, retentionOf } from './retention.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from './units.ts'

const BERLIN = { timeZone: 'Europe/Berlin' }

/** Snapshots `0123abcd-1`, `-2`, … in the order given; a word after the time sets kind or suspicion. */
function snapshots(...texts: string[]): RetainedSnapshot[] {
  return texts.map((text, i) => {
    const [time = '', ...words] = text.split(' ')
    return {
      id: SnapshotId.parse(`0123abcd-${i + 1}`),
      group: words.find((word) => word.startsWith('group:')) ?? '',
      time: new Date(time),
      kind: words.includes('checkpoint') ? 'checkpoint' : 'run',
      suspect: words.includes('suspect'),
    }
  })
}

const rules = (given: Partial<KeepRules>): KeepRules => KeepRules.parse(given)

/** What stays, as `<number>: reasons`. */
function kept(
  list: RetainedSnapshot[],
  given: Partial<KeepRules>,
  options: { timeZone: string; now?: Date } = BERLIN,
) {
  return retentionOf(list, rules(given), options)
    .filter(({ keep }) => keep)
    .map(({ id, reasons }) => `${id.split('-')[1]}: ${reasons.join(', ')}`)
}

describe('retentionOf', () => {
  test.each<[string, Partial<KeepRules>, string[]]>([
    ['no rule keeps the newest alone', {}, ['6: newest']],
    ['last counts snapshots', { last: 3 }, ['4: last 3', '5: last 3', '6: newest, last 3']],
    [
      'last with more than there are keeps all',
      { last: 9 },
      [1, 2, 3, 4, 5].map((n) => `${n}: last 9`).concat('6: newest, last 9'),
    ],
    [
      'hourly keeps the newest of an hour',
      { hourly: 2 },
      ['5: hourly 2026-11-22 09:00 UTC+01:00', '6: newest, hourly 2026-11-22 18:00 UTC+01:00'],
    ],
    [
      'daily counts only days that have one',
      { daily: 3 },
      ['2: daily 2026-10-30', '3: daily 2026-11-20', '6: newest, daily 2026-11-22'],
    ],
    ['weekly keeps ISO weeks', { weekly: 2 }, ['2: weekly 2026-W44', '6: newest, weekly 2026-W47']],
    ['monthly', { monthly: 2 }, ['2: monthly 2026-10', '6: newest, monthly 2026-11']],
    ['yearly', { yearly: 5 }, ['1: yearly 2025', '6: newest, yearly 2026']],
    [
      'within counts back from the newest',
      { withinMs: 3 * DAY_MS },
      [3, 4, 5].map((n) => `${n}: within 3 d`).concat('6: newest, within 3 d'),
    ],
    ['rules add up', { last: 1, yearly: 2 }, ['1: yearly 2025', '6: newest, last 1, yearly 2026']],
  ])('%s', (_, given, expected) => {
    const list = snapshots(
      '2025-12-31T22:59:00Z',
      '2026-10-30T12:00:00Z',
      '2026-11-20T12:00:00Z',
      '2026-11-22T08:10:00Z',
      '2026-11-22T08:50:00Z',
      '2026-11-22T17:00:00Z',
    )
    expect(kept(list, given)).toEqual(expected)
  })

  test('a day is one of the zone, not of UTC', () => {
    const list = snapshots('2026-06-01T21:30:00Z', '2026-06-01T22:30:00Z')
    expect(kept(list, { daily: 9 })).toEqual(['1: daily 2026-06-01', '2: newest, daily 2026-06-02'])
    expect(kept(list, { daily: 9 }, { timeZone: 'UTC' })).toEqual(['2: newest, daily 2026-06-01'])
  })

  test('weeks around New Year belong to the year of their Thursday', () => {
    const list = snapshots(
      '2024-12-29T12:00:00Z',
      '2024-12-30T12:00:00Z',
      '2026-12-31T12:00:00Z',
      '2027-01-03T12:00:00Z',
    )
    expect(kept(list, { weekly: 9 })).toEqual([
      '1: weekly 2024-W52',
      '2: weekly 2025-W01',
      '4: newest, weekly 2026-W53',
    ])
  })

  test('the hour that a clock repeats in autumn is two hours', () => {
    const list = snapshots('2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z', '2026-10-25T02:30:00Z')
    expect(kept(list, { hourly: 3 })).toEqual([
      '1: hourly 2026-10-25 02:00 UTC+02:00',
      '2: hourly 2026-10-25 02:00 UTC+01:00',
      '3: newest, hourly 2026-10-25 03:00 UTC+01:00',
    ])
  })

  test('days of 23 and 25 hours are one day each', () => {
    for (const midnight of ['2026-03-28T23:00:00Z', '2026-10-24T22:00:00Z']) {
      const start = Date.parse(midnight)
      const hours = Array.from({ length: 49 }, (_, hour) => new Date(start + hour * HOUR_MS).toISOString())
      const days = kept(snapshots(...hours), { daily: 99 })
      expect(days).toHaveLength(midnight.includes('-03-') ? 3 : 2)
    }
  })

  test('a day that its clock enters twice counts once', () => {
    // Cuba sets 01:00 back to 00:00.
    const list = snapshots('2026-11-01T04:30:00Z', '2026-11-01T05:30:00Z')
    expect(kept(list, { daily: 2 }, { timeZone: 'America/Havana' })).toEqual(['2: newest, daily 2026-11-01'])
  })

  test('each group counts by itself', () => {
    const list = snapshots(
      '2026-01-01T00:00:00Z group:a',
      '2026-01-02T00:00:00Z group:b',
      '2026-01-03T00:00:00Z group:b',
    )
    expect(kept(list, { last: 1 })).toEqual(['1: newest, last 1', '3: newest, last 1'])
  })

  test('suspect snapshots stay and use up no rule', () => {
    const list = snapshots(
      '2026-01-01T00:00:00Z',
      '2026-01-02T00:00:00Z',
      '2026-01-03T00:00:00Z suspect',
      '2026-01-04T00:00:00Z',
    )
    expect(kept(list, { last: 2 })).toEqual(['2: last 2', '3: suspect', '4: newest, last 2'])
  })

  test('while the newest is suspect nothing of its group goes', () => {
    const list = snapshots(
      '2026-01-01T00:00:00Z',
      '2026-01-02T00:00:00Z',
      '2026-01-03T00:00:00Z suspect',
      '2026-01-01T00:00:00Z group:b',
      '2026-01-02T00:00:00Z group:b',
    )
    expect(kept(list, { last: 1 })).toEqual([
      `1: ${FROZEN_REASON}`,
      '2: last 1',
      '3: newest, suspect',
      '5: newest, last 1',
    ])
  })

  test('a checkpoint stays until a later run of its group', () => {
    const list = snapshots(
      '2026-01-01T00:00:00Z checkpoint',
      '2026-01-02T00:00:00Z',
      '2026-01-03T00:00:00Z checkpoint',
      '2026-01-04T00:00:00Z checkpoint group:b',
    )
    expect(kept(list, { last: 9 })).toEqual(['2: newest, last 9', '3: unfinished run', '4: unfinished run'])
  })

  test('of equal times the later one is newer', () => {
    const list = snapshots('2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z')
    expect(kept(list, { last: 2 })).toEqual(['2: last 2', '3: newest, last 2'])
    expect(kept(list, { daily: 2 })).toEqual(['3: newest, daily 2026-01-01'])
  })

  test('a snapshot from the future does not push the real ones out of a span', () => {
    const list = snapshots('2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z', '2036-01-01T00:00:00Z')
    const now = new Date('2026-01-02T01:00:00Z')
    expect(kept(list, { withinMs: DAY_MS * 7 }, { ...BERLIN, now })).toHaveLength(3)
    const after = [...list, ...snapshots('2026-01-03T00:00:00Z')]
    expect(kept(after, { withinMs: DAY_MS * 7 })).toHaveLength(4)
  })

  test('the last one made stays though another is dated later', () => {
    const list = snapshots('2036-01-01T00:00:00Z', '2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z')
    expect(kept(list, { last: 1 })).toEqual(['1: newest, last 1', '3: newest'])
  })

  test('a machine that was set up anew has two writers and one newest', () => {
    const old = snapshots('2025-01-01T00:00:00Z', '2025-01-02T00:00:00Z').map(
      (one, i): RetainedSnapshot => ({ ...one, id: SnapshotId.parse(`ffffffff-${i + 1}`) }),
    )
    const list = [...snapshots('2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'), ...old]
    expect(kept(list, { withinMs: 7 * DAY_MS })).toEqual(['1: within 7 d', '2: newest, within 7 d'])
    expect(kept([...old, ...list.slice(0, 2)], { last: 1 })).toEqual(['2: newest, last 1'])
  })

  test('the last one of a writer whose clock was set back stays beside an older one that seems newer', () => {
    const other = snapshots('2027-01-01T00:00:00Z').map(
      (one): RetainedSnapshot => ({ ...one, id: SnapshotId.parse('ffffffff-1') }),
    )
    const list = [...snapshots('2036-01-01T00:00:00Z', '2026-01-02T00:00:00Z'), ...other]
    expect(retentionOf(list, rules({ last: 1 }), BERLIN).map(({ reasons }) => reasons)).toEqual([
      ['newest', 'last 1'],
      ['newest'],
      ['newest'],
    ])
  })

  test('an unknown zone is refused', () => {
    expect(() => retentionOf([], rules({ last: 1 }), { timeZone: 'Nowhere/Land' })).toThrow(RangeError)
  })
})

describe('KeepRules', () => {
  test('are off unless given, and whole numbers', () => {
    expect(hasKeepRule(rules({}))).toBe(false)
    expect(hasKeepRule(rules({ withinMs: 0 }))).toBe(true)
    expect(hasKeepRule(rules({ yearly: 1 }))).toBe(true)
    expect(KeepRules.safeParse({ last: -1 }).success).toBe(false)
    expect(KeepRules.safeParse({ daily: 1.5 }).success).toBe(false)
  })
})

describe('retention in general', () => {
  const anyRules = fc.record({
    last: fc.nat(6),
    hourly: fc.nat(6),
    daily: fc.nat(6),
    weekly: fc.nat(4),
    monthly: fc.nat(4),
    yearly: fc.nat(3),
    withinMs: fc.option(fc.nat(60 * DAY_MS)),
  })
  const anyZone = fc.constantFrom(
    'UTC',
    'Europe/Berlin',
    'America/Havana',
    'Australia/Lord_Howe',
    'Asia/Kolkata',
  )
  const anySnapshots = fc
    .array(
      fc.record({
        // Minutes from the last one, sometimes back; crossing both changes of the clock.
        step: fc.oneof(fc.integer({ min: -3000, max: 3000 }), fc.integer({ min: 0, max: 200_000 })),
        kind: fc.constantFrom('run' as const, 'run' as const, 'run' as const, 'checkpoint' as const),
        suspect: fc.integer({ max: 7, min: 0 }).map((n) => n === 0),
        group: fc.constantFrom('a', 'b'),
        writer: fc.constantFrom('0123abcd', '0123abcd', 'ffffffff'),
      }),
      { maxLength: 40 },
    )
    .map((rows) => {
      let timeMs = Date.parse('2026-03-01T00:00:00Z')
      return rows.map(({ step, writer, ...row }, i): RetainedSnapshot => {
        timeMs += step * MINUTE_MS
        return { ...row, id: SnapshotId.parse(`${writer}-${i + 1}`), time: new Date(timeMs) }
      })
    })
  const keptIds = (list: RetainedSnapshot[], given: KeepRules, timeZone: string) =>
    new Set(retentionOf(list, given, { timeZone }).flatMap(({ id, keep }) => (keep ? [id] : [])))

  test('a looser rule never keeps less', () => {
    fc.assert(
      fc.property(anySnapshots, anyRules, anyRules, anyZone, (list, some, more, zone) => {
        const loose = {
          last: some.last + more.last,
          hourly: some.hourly + more.hourly,
          daily: some.daily + more.daily,
          weekly: some.weekly + more.weekly,
          monthly: some.monthly + more.monthly,
          yearly: some.yearly + more.yearly,
          withinMs: some.withinMs === null ? more.withinMs : some.withinMs + (more.withinMs ?? 0),
        }
        const keptLoosely = keptIds(list, loose, zone)
        for (const id of keptIds(list, some, zone)) expect(keptLoosely).toContain(id)
      }),
    )
  })

  test('the newest run of each group and every suspect one stay', () => {
    fc.assert(
      fc.property(anySnapshots, anyRules, anyZone, (list, given, zone) => {
        const ids = keptIds(list, given, zone)
        for (const group of ['a', 'b']) {
          const runs = list.filter((one) => one.group === group && one.kind === 'run')
          const newest = runs.toSorted((a, b) => a.time.getTime() - b.time.getTime()).at(-1)
          if (newest !== undefined) expect(ids).toContain(newest.id)
        }
        for (const { id, suspect } of list) if (suspect) expect(ids).toContain(id)
      }),
    )
  })

  test('applied to what it kept, it keeps all of it', () => {
    fc.assert(
      fc.property(anySnapshots, anyRules, anyZone, (list, given, zone) => {
        const ids = keptIds(list, given, zone)
        const rest = list.filter(({ id }) => ids.has(id))
        expect(keptIds(rest, given, zone)).toEqual(ids)
      }),
    )
  })

  test('each rule keeps as many as it says, as far as there are any', () => {
    fc.assert(
      fc.property(anySnapshots, fc.integer({ min: 1, max: 6 }), anyZone, (list, n, zone) => {
        const own = list.filter(({ kind, suspect, group }) => kind === 'run' && !suspect && group === 'a')
        const days = new Set(
          own.map(({ time }) => new Intl.DateTimeFormat('en-CA', { timeZone: zone }).format(time)),
        )
        const daily = retentionOf(own, rules({ daily: n }), { timeZone: zone })
        const named = daily.flatMap(({ reasons }) => reasons.filter((reason) => reason.startsWith('daily')))
        expect(named).toHaveLength(Math.min(n, days.size))
        expect(new Set(named).size).toBe(named.length)
      }),
    )
  })

  test('every forgotten one has no reason and every kept one has', () => {
    fc.assert(
      fc.property(anySnapshots, anyRules, (list, given) => {
        const answer = retentionOf(list, given, BERLIN)
        expect(answer.map(({ id }) => id)).toEqual(list.map(({ id }) => id))
        for (const { keep, reasons } of answer) expect(keep).toBe(reasons.length > 0)
      }),
    )
  })
})
