import { formatBytes, formatDuration, type ReportPeriodKind } from '@holdfast/domain'
import { callAgent, fetchFromAgent } from '../agent/agent-client.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import type { Call } from '../program.ts'
import { tableOf } from '../table.ts'
import { writeAnswerFile } from '../write-answer-file.ts'

type Asked = {
  period: ReportPeriodKind
  last?: boolean
  pdf?: string
  csv?: string
  paper: 'a4' | 'letter'
  force?: boolean
}

/** `holdfast report [--period week|month|year] [--last] [--pdf FILE | --csv FILE]`: what happened, as the screens have it. */
export async function report({ settings, output }: Call, options: Asked): Promise<ExitCode> {
  const { signal } = settings
  const timeZone = new Intl.DateTimeFormat().resolvedOptions().timeZone
  const query = { kind: options.period, current: options.last !== true, timeZone }
  const target = options.pdf ?? options.csv
  if (target !== undefined) {
    const format = options.pdf === undefined ? 'csv' : 'pdf'
    const { paper, force } = options
    const link = await callAgent(settings, (agent) =>
      agent.report.export.mutate({ ...query, format, paper }, { signal }),
    )
    const bytes = await fetchFromAgent(settings, link.url)
    const file = await writeAnswerFile(settings, { target, bytes, force })
    output.answer({ file, format }, [`Wrote ${file}.`])
    return EXIT.ok
  }
  const answer = await callAgent(settings, (agent) => agent.report.get.query(query, { signal }))
  const rows = answer.plans.map((plan) => [
    ...[plan.name, plan.protection.state, `${plan.outcomes.complete} of ${plan.runs}`],
    ...[formatBytes(plan.bytesStored), plan.medianMs === null ? '' : formatDuration(plan.medianMs)],
    String(plan.proofs),
  ])
  const header = ['plan', 'state', 'complete', 'added', 'usually takes', 'proofs']
  const table = rows.length === 0 ? [] : ['', ...tableOf(header, rows, [3])]
  const failures = answer.failures.map(({ plan, outcome, message }) => `${plan}: ${outcome}. ${message}`)
  output.answer(answer, [`${answer.period.label}. ${answer.summary}`, ...table, ...failures])
  return EXIT.ok
}
