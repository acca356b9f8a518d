import type { AuditCheck, AuditEntryInfo } from '@holdfast/api'
import { HoldfastError } from '@holdfast/domain'
import { callAgent, fetchFromAgent } from '../agent/agent-client.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { localTime } from '../local-time.ts'
import type { Call } from '../program.ts'
import { tableOf } from '../table.ts'
import { writeAnswerFile } from '../write-answer-file.ts'

type Asked = { act?: string; search?: string; actor?: string }

/** `holdfast audit [--limit N] [--act PREFIX] [--actor WHO] [--search TEXT]`: who did what, newest first. */
export async function auditList(
  { settings, output }: Call,
  options: Asked & { limit: number },
): Promise<ExitCode> {
  const limit = Math.min(Math.max(1, options.limit), 500)
  const entries = await callAgent(settings, (agent) =>
    agent.audit.list.query({ ...filterOf(options), limit }, { signal: settings.signal }),
  )
  const rows = entries.map((entry) => [
    String(entry.seq),
    localTime(new Date(entry.at)),
    entry.actor.name,
    entry.act,
    entry.subjectName ?? entry.subject,
    changeText(entry),
  ])
  const header = ['entry', 'time', 'who', 'act', 'what', 'change']
  output.answer(entries, rows.length === 0 ? ['No such entry.'] : tableOf(header, rows, [0]))
  return EXIT.ok
}

/** `holdfast audit verify`: exit 1 when an entry was changed, taken out or put in. */
export async function auditVerify({ settings, output }: Call): Promise<ExitCode> {
  const check: AuditCheck = await callAgent(settings, (agent) =>
    agent.audit.verify.query(undefined, { signal: settings.signal }),
  )
  const unasked = check.vaults.flatMap(({ name, problem }) =>
    problem === null ? [] : [`The vault ${name} could not be asked: ${problem}`],
  )
  output.answer(check, [verdictText(check), ...unasked])
  return check.ok ? EXIT.ok : EXIT.failed
}

/** `holdfast audit export --csv FILE` or `--json-file FILE`: all entries, oldest first. */
export async function auditExport(
  { settings, output }: Call,
  options: Asked & { csv?: string; jsonFile?: string; force?: boolean },
): Promise<ExitCode> {
  const target = options.csv ?? options.jsonFile
  if (target === undefined) throw new HoldfastError('USAGE', 'Where to? Give --csv FILE or --json-file FILE.')
  const format = options.csv === undefined ? 'json' : 'csv'
  const link = await callAgent(settings, (agent) =>
    agent.audit.export.mutate({ ...filterOf(options), format }, { signal: settings.signal }),
  )
  const bytes = await fetchFromAgent(settings, link.url)
  const file = await writeAnswerFile(settings, { target, bytes, force: options.force })
  output.answer({ file, format }, [`Wrote ${file}.`])
  return EXIT.ok
}

function filterOf({ act, search, actor }: Asked) {
  return {
    ...(act === undefined ? {} : { act }),
    ...(search === undefined ? {} : { text: search }),
    ...(actor === undefined ? {} : { actor }),
  }
}

function verdictText({ ok, entries, brokenAt, why, vaults }: AuditCheck): string {
  const heads = vaults.reduce((sum, { heads: n }) => sum + n, 0)
  if (ok)
    return `The audit trail is whole: ${entries} ${entries === 1 ? 'entry' : 'entries'}, ${heads} noted in snapshots.`
  const WHY = {
    missing: `Entry ${brokenAt} is missing.`,
    changed: `Entry ${brokenAt} was changed or put in later.`,
    'head-unknown': `From entry ${brokenAt} on the trail is not the one that snapshots noted: entries were cut off or written anew.`,
  } as const
  return why === null ? 'The audit trail is broken.' : WHY[why]
}

/** One line of what an act changed. */
function changeText({
  before = null,
  after = null,
}: Partial<Pick<AuditEntryInfo, 'before' | 'after'>>): string {
  const text = (value: unknown) => (value === null ? '' : JSON.stringify(value))
  const both = before === null ? text(after) : `${text(before)} → ${text(after)}`
  return both.length > 120 ? `${both.slice(0, 119)}…` : both
}
