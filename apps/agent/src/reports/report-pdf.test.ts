import { DAY_MS, PlanId, type Report, RunId, reportOf, reportPeriod } from '@holdfast/domain'
import { expect, test } from 'vitest'
import { reportPdf } from './report-pdf.ts'

const NOW = new Date('2026-11-22T12:00:00Z')

/** A year of daily runs of a plan with a name in several scripts. */
function yearOfRuns(): Report {
  const planId = PlanId.parse('papers')
  const safe = { state: 'protected', code: 'safe', sentence: 'Papiere is safe.' } as const
  const runs = Array.from({ length: 365 }, (_, i) => {
    const finishedAt = new Date(NOW.getTime() - (364 - i) * DAY_MS)
    const outcome = i % 60 === 7 ? 'failed' : i % 45 === 3 ? 'incomplete' : 'complete'
    return {
      ...({
        id: RunId.parse(`r${i}`),
        planId,
        finishedAt,
        outcome,
        filesNew: i % 7,
        filesChanged: i % 3,
      } as const),
      startedAt: new Date(finishedAt.getTime() - (60 + (i % 40)) * 1000),
      bytesStored: outcome === 'failed' ? 0 : 1_000_000 * (1 + (i % 9)),
      reason:
        outcome === 'complete'
          ? null
          : { code: 'REMOTE_UNREACHABLE', message: 'The remote nas did not answer.' },
    }
  })
  const proofs = runs
    .filter((_, i) => i % 7 === 0)
    .map(({ finishedAt: at }) => ({ planId, at, kind: 'drill', files: 3, bytes: 4_000_000, mismatches: 0 }))
  const facts = {
    ...{ machine: 'Schreibtisch', now: NOW, verdict: safe, runs, proofs, incidents: [], storedBefore: 0 },
    plans: [{ id: planId, name: 'Größe Ελλάδα Привет Đặt हिन्दी', protection: safe }],
    changes: [{ at: NOW, who: 'Ann', act: 'plan.update', subject: 'papers' }],
  }
  return reportOf(facts, reportPeriod('year', { now: NOW, timeZone: 'Europe/Berlin', current: true }))
}

test.each(['a4', 'letter'] as const)(
  'a year of daily runs becomes a PDF on %s, with its fonts embedded',
  async (paper) => {
    const bytes = Buffer.from(await reportPdf(yearOfRuns(), paper))
    const text = bytes.toString('latin1')
    expect(text.startsWith('%PDF-')).toBe(true)
    expect(text).toContain(paper === 'a4' ? '/MediaBox [0 0 595.28' : '/MediaBox [0 0 612')
    expect(text.match(/\/FontFile[23]/g)?.length).toBeGreaterThan(4)
    expect(bytes.byteLength).toBeLessThan(1_000_000)
  },
)
