import { csvTable } from './csv-table.ts'
import type { Report } from './report.ts'

/** A report's runs day by day as CSV (RFC 4180, UTF-8), for a spreadsheet. Times are ISO 8601. Pure. */
export function reportCsv({ plans, days, failures, proofs, changes }: Report): string {
  return [
    csvTable(
      [
        'plan',
        'state',
        'runs',
        'complete',
        'incomplete',
        'failed',
        'interrupted',
        'skipped',
        'files new',
        'files changed',
        'bytes stored',
        'median ms',
        'longest ms',
        'proofs',
        'last proof',
      ],
      plans.map((plan) => [
        ...[plan.name, plan.protection.state, plan.runs, plan.outcomes.complete, plan.outcomes.incomplete],
        ...[plan.outcomes.failed, plan.outcomes.interrupted, plan.outcomes.skipped],
        ...[plan.filesNew, plan.filesChanged, plan.bytesStored, plan.medianMs, plan.longestMs],
        ...[plan.proofs, plan.lastProofAt],
      ]),
    ),
    csvTable(
      ['day', 'worst outcome', 'runs', 'bytes stored'],
      days.map(({ day, outcome, runs, bytesAdded }) => [day, outcome, runs, bytesAdded]),
    ),
    csvTable(
      ['failure at', 'plan', 'outcome', 'code', 'message'],
      failures.map(({ at, plan, outcome, code, message }) => [at, plan, outcome, code, message]),
    ),
    csvTable(
      ['proof at', 'plan', 'kind', 'files', 'bytes', 'mismatches'],
      proofs.map(({ at, plan, kind, files, bytes, mismatches }) => [
        at,
        plan,
        kind,
        files,
        bytes,
        mismatches,
      ]),
    ),
    csvTable(
      ['changed at', 'who', 'act', 'subject'],
      changes.map(({ at, who, act, subject }) => [at, who, act, subject]),
    ),
  ].join('\r\n')
}
