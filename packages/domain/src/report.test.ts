import { describe, expect, test } from 'vitest'
import { PlanId, RunId } from './ids.ts'
import type { Incident } from './incident.ts'
import { type ReportFacts, type ReportRun, reportOf, reportPeriod } from './report.ts'
import type { Outcome } from './run.ts'
import { DAY_MS, MINUTE_MS } from './units.ts'

const NOW = new Date('2026-11-22T12:00:00Z')
const PAPERS = PlanId.parse('papers')
const SAFE = { state: 'protected', code: 'safe', sentence: 'Papers is safe.' } as const

function run(daysAgo: number, outcome: Outcome = 'complete', bytesStored = 100): ReportRun {
  const finishedAt = new Date(NOW.getTime() - daysAgo * DAY_MS)
  return {
    ...{ id: RunId.parse(`r${daysAgo}`), planId: PAPERS, outcome, bytesStored, filesNew: 2, filesChanged: 1 },
    ...{ startedAt: new Date(finishedAt.getTime() - (1 + daysAgo) * MINUTE_MS), finishedAt },
    reason: outcome === 'complete' ? null : { code: 'REMOTE_UNREACHABLE', message: 'The line is cut.' },
  }
}

function factsOf(runs: readonly ReportRun[], more: Partial<ReportFacts> = {}): ReportFacts {
  return {
    ...{ machine: 'desk', now: NOW, verdict: SAFE, storedBefore: 0, proofs: [], incidents: [], changes: [] },
    plans: [{ id: PAPERS, name: 'Papers', protection: SAFE }],
    runs: runs.toSorted((a, b) => a.finishedAt.getTime() - b.finishedAt.getTime()),
    ...more,
  }
}

const period = (kind: 'week' | 'month' | 'year', current = true, timeZone = 'UTC', now = NOW) =>
  reportPeriod(kind, { now, timeZone, current })

describe('the period of a report', () => {
  test('is the week from Monday, the month or the year, the last whole one or this one', () => {
    expect(period('week')).toMatchObject({
      from: new Date('2026-11-16Z'),
      to: new Date('2026-11-23Z'),
      label: '16 to 22 November 2026',
    })
    expect(period('week', false).label).toBe('9 to 15 November 2026')
    expect(period('month', false)).toMatchObject({
      from: new Date('2026-10-01Z'),
      to: new Date('2026-11-01Z'),
      label: 'October 2026',
    })
    expect(period('year', false).label).toBe('2025')
    expect(period('week', true, 'UTC', new Date('2027-01-02Z')).label).toBe(
      '28 December 2026 to 3 January 2027',
    )
  })

  test('begins at midnight of its time zone, also where the clocks change within it', () => {
    const march = new Date('2026-03-29T12:00:00Z')
    const week = period('week', true, 'Europe/Berlin', march)
    expect([week.from, week.to]).toEqual([new Date('2026-03-22T23:00:00Z'), new Date('2026-03-29T22:00:00Z')])
  })
})

describe('a report', () => {
  test('counts each plan’s runs of the period, and only those', () => {
    const report = reportOf(
      factsOf([run(0), run(1), run(2, 'failed', 0), run(3, 'skipped', 0), run(40)]),
      period('week'),
    )
    expect(report.plans[0]).toMatchObject({
      ...{
        runs: 4,
        filesNew: 8,
        filesChanged: 4,
        bytesStored: 200,
        medianMs: 2 * MINUTE_MS,
        longestMs: 2 * MINUTE_MS,
      },
      outcomes: { complete: 2, failed: 1, skipped: 1 },
    })
    expect(report.summary).toBe('2 of 3 backups went well. Nothing was restored as a proof.')
    expect(report.failures).toMatchObject([{ plan: 'Papers', outcome: 'failed', code: 'REMOTE_UNREACHABLE' }])
    expect(report.days).toHaveLength(7)
    expect(report.year).toHaveLength(365)
  })

  test('adds up what the vaults received, from the beginning, and looks ahead at the pace of the last month', () => {
    const runs = [run(400, 'complete', 5000), ...Array.from({ length: 40 }, (_, i) => run(i, 'complete', 10))]
    const report = reportOf(factsOf(runs, { storedBefore: 1000 }), period('month'))
    expect(report.growth.at(0)).toMatchObject({ bytes: 6000 })
    expect(report.growth.at(-1)).toEqual({ day: '2026-11-22', bytes: 6400 })
    expect(report.forecast).toEqual({ bytesPerDay: 10, inDays: 90, bytes: 6400 + 900 })
    expect(reportOf(factsOf([run(3), run(1)]), period('month')).forecast).toBeNull()
  })

  test('says what was proven, and what was wrong in between', () => {
    const proof = {
      planId: PAPERS,
      at: new Date(NOW.getTime() - DAY_MS),
      kind: 'drill',
      files: 3,
      bytes: 9,
      mismatches: 0,
    }
    const incident: Incident = {
      ...{
        id: 'i',
        subject: 'papers',
        severity: 'failing',
        code: 'failed-twice',
        sentence: 'x',
        reminders: 0,
      },
      ...{ openedAt: new Date(NOW.getTime() - 20 * DAY_MS), flapping: false, calmSince: null },
      recoveredAt: new Date(NOW.getTime() - DAY_MS),
    }
    const report = reportOf(factsOf([run(1)], { proofs: [proof], incidents: [incident] }), period('week'))
    expect(report.summary).toBe(
      'The one backup went well. Restoring was proven once. There was one incident.',
    )
    expect(report.incidents).toMatchObject([{ plan: 'Papers' }])
    expect(reportOf(factsOf([]), period('week')).summary).toBe('No backup was due or made in this time.')
  })
})
