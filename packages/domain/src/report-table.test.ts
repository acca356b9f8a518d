import { expect, test } from 'vitest'
import { PlanId } from './ids.ts'
import { reportOf, reportPeriod } from './report.ts'
import { reportCsv } from './report-table.ts'

test('a report becomes tables, and no name in it becomes a formula or breaks a row', () => {
  const now = new Date('2026-11-22T12:00:00Z')
  const safe = { state: 'protected', code: 'safe', sentence: '' } as const
  const facts = {
    ...{ machine: 'desk', now, verdict: safe, runs: [], incidents: [], proofs: [], storedBefore: 0 },
    plans: [{ id: PlanId.parse('p'), name: '=1+1, "x"', protection: safe }],
    changes: [{ at: now, who: 'Ann\nB', act: 'plan.update', subject: 'p' }],
  }
  const csv = reportCsv(reportOf(facts, reportPeriod('week', { now, timeZone: 'UTC', current: true })))
  expect(csv).toContain('"\'=1+1, ""x""",protected,0,')
  expect(csv).toContain('2026-11-22,none,0,0\r\n')
  expect(csv).toContain('2026-11-22T12:00:00.000Z,"Ann\nB",plan.update,p\r\n')
})
