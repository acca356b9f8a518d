import {
  PlanId,
  type Protection,
  type ReportRun,
  RunId,
  reportOf,
  reportPeriodBefore,
} from '@holdfast/domain'
import { describe, expect, test } from 'vitest'
import { reportMail } from './report-mail.ts'
import { reportMessage } from './report-message.ts'

const NOW = new Date('2026-11-23T07:00:00Z')
const planId = PlanId.parse('00000000-0000-4000-8000-000000000001')
const safe: Protection = {
  state: 'protected',
  code: 'safe',
  sentence: 'Papers <1> is safe. Last backup 7 hours ago.',
}
const bad: Protection = {
  state: 'at-risk',
  code: 'last-failed',
  sentence: 'The last run of Papers <1> did not finish.',
}

function mailOfRuns(
  runs: readonly Partial<ReportRun>[],
  protection = safe,
  period: 'week' | 'month' = 'week',
) {
  const whole = runs.map(
    (run, i): ReportRun => ({
      ...{ id: RunId.parse(`00000000-0000-4000-9000-${String(i).padStart(12, '0')}`), planId },
      ...{
        startedAt: new Date(Date.UTC(2026, 10, 16 + i, 2)),
        finishedAt: new Date(Date.UTC(2026, 10, 16 + i, 2, 4)),
      },
      ...{ outcome: 'complete', bytesStored: 12_000_000, filesNew: 3, filesChanged: 8, reason: null },
      ...run,
    }),
  )
  const proof = {
    planId,
    at: new Date('2026-11-18T02:04:00Z'),
    kind: 'drill',
    files: 3,
    bytes: 4_000,
    mismatches: 0,
  }
  const report = reportOf(
    {
      ...{ machine: 'desk & co', now: NOW, verdict: protection, runs: whole, proofs: [proof], incidents: [] },
      ...{
        changes: [],
        storedBefore: 5_000_000_000,
        plans: [{ id: planId, name: 'Papers <1>', protection }],
      },
    },
    reportPeriodBefore(period, { at: NOW, timeZone: 'Europe/Berlin' }),
  )
  const message = reportMessage(report, { id: 'm1', kind: period, at: NOW })
  return reportMail(report, message, { appUrl: 'https://desk.local:8443', attached: period === 'month' })
}

describe('a report by mail', () => {
  test('says that all is well in its subject, and the whole week in text and HTML', () => {
    const { subject, text, html } = mailOfRuns([{}, {}, {}, {}, {}, {}, {}])
    expect(subject).toBe('16 to 22 November 2026: all is well (desk & co)')
    expect(text).toContain('All 7 backups went well. Restoring was proven once.')
    expect(text).toContain('Papers <1> (protected)\n7 of 7 runs complete · 84 MB added · usually 4 min')
    expect(text).toContain('https://desk.local:8443/reports/')
    expect(text).not.toContain('attached')
    expect(html).toContain('<b>Papers &lt;1&gt;</b> · protected')
    expect(html).toContain('Day by day: ✓ complete.')
    expect(html).not.toMatch(/<img|<script|src=|@import/)
  })

  test('says what went wrong and when, with no colour alone', () => {
    const reason = { code: 'VAULT_FULL', message: 'The vault is full.' }
    const { subject, text, html } = mailOfRuns(
      [{}, { outcome: 'failed', reason }, {}, { outcome: 'interrupted' }],
      bad,
    )
    expect(subject).toBe('16 to 22 November 2026: at risk (desk & co)')
    expect(text).toContain('- 17 Nov 2026, 03:04, Papers <1>: The vault is full.')
    expect(text).toContain('- 19 Nov 2026, 03:04, Papers <1>: it was interrupted')
    expect(html).toContain('✓ complete, ✕ failed, ! interrupted, · no run')
  })

  test('of a month names its attachment and has a day for each day', () => {
    const { subject, text, html } = mailOfRuns([], safe, 'month')
    expect(subject).toBe('October 2026: all is well (desk & co)')
    expect(text).toContain('The whole report is attached as a PDF.')
    expect(html.match(/class="day-/g)).toHaveLength(31)
  })
})
