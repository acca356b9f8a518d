import { formatBytes, formatDuration, HoldfastError, type SnapshotId } from '@holdfast/domain'
import {
  listSnapshots,
  type PruneEvent,
  type PruneSummary,
  prune as pruneVault,
  type SnapshotInfo,
} from '@holdfast/vault'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { durationOf, type KeepOptions, keepRulesOf } from '../keep-options.ts'
import { localTime } from '../local-time.ts'
import { openEmbeddedVault, type VaultOptions } from '../open-embedded-vault.ts'
import type { Output } from '../output.ts'
import type { Call } from '../program.ts'
import { tableOf } from '../table.ts'

type PruneOptions = VaultOptions &
  KeepOptions & {
    from: string
    machine?: string
    plan?: string
    grace: string
    allowLarge?: boolean
    takeOver?: boolean
    dryRun?: boolean
  }

/** `holdfast prune --from DEST --keep-…`: what the rules keep stays, the rest is marked and deleted after the grace. */
export async function prune({ settings, output }: Call, options: PruneOptions): Promise<ExitCode> {
  const keep = keepRulesOf(options)
  if (keep === undefined)
    throw new HoldfastError('USAGE', 'Nothing says what to keep, so nothing is forgotten.', {
      next: 'Give at least one rule, for example --keep-daily 7 --keep-weekly 5 --keep-monthly 12.',
    })
  const graceMs = durationOf(options.grace, '--grace')
  await using opened = await openEmbeddedVault(options.from, options, { settings, output })
  const { vault, env, home } = opened
  const listed = await listSnapshots(vault, env, { all: true })
  const request = {
    ...{ keep, graceMs, machine: options.machine, plan: options.plan, installation: home.installation },
    allowLarge: options.allowLarge === true,
    takeOver: options.takeOver === true,
    dryRun: options.dryRun === true,
    timeZone: new Intl.DateTimeFormat().resolvedOptions().timeZone,
    known: home.lastSeqs(vault.id),
  }
  refuseUnknown(request, listed)
  let summary: PruneSummary | undefined
  for await (const event of pruneVault(vault, request, env)) {
    if (event.type === 'finished') summary = event.summary
    else if (event.type === 'progress') output.progress(event, progressLine(event))
    else if (event.level === 'warn' || event.level === 'error') output.said(event, event.text)
  }
  if (summary === undefined) throw new HoldfastError('INTERNAL', 'The prune ended without a result.')
  output.answer(summary, linesOf(summary, { listed, graceMs, output }))
  return EXIT.ok
}

/** A name that no snapshot has would forget nothing and look like success. */
function refuseUnknown(
  { machine, plan }: { machine: string | undefined; plan: string | undefined },
  listed: readonly SnapshotInfo[],
): void {
  if (machine !== undefined && !listed.some((one) => one.machine === machine || one.writer === machine))
    throw new HoldfastError(
      'NOTHING_SELECTED',
      `The vault holds no snapshot of a machine "${machine}".`,
      NEXT,
    )
  if (plan !== undefined && !listed.some((one) => one.plan === plan))
    throw new HoldfastError('NOTHING_SELECTED', `The vault holds no snapshot of a plan "${plan}".`, NEXT)
}

const NEXT = { next: 'See the names with `holdfast snapshots`.' }

function progressLine({ phase, done, total }: Extract<PruneEvent, { type: 'progress' }>): string {
  return `${phase}: ${done}${total === null ? '' : ` of ${total}`}`
}

function linesOf(
  summary: PruneSummary,
  by: { listed: readonly SnapshotInfo[]; graceMs: number; output: Output },
): string[] {
  const { kept, forgotten, frozen, dryRun } = summary
  const reasons = new Map<SnapshotId, readonly string[]>(kept.map((one) => [one.snapshot, one.reasons]))
  const goes = new Set(forgotten)
  const shown = by.listed.filter(({ id }) => reasons.has(id) || goes.has(id))
  const rows = shown.map(({ id, time, machine, plan, state }) => [
    ...[id, localTime(time), machine, plan ?? ''],
    goes.has(id) ? 'goes' : state === 'doomed' ? 'stays after all' : 'stays',
    reasons.get(id)?.join(', ') ?? 'no rule keeps it',
  ])
  return [
    ...(dryRun ? [by.output.bold('A dry run: nothing was changed.')] : []),
    ...(rows.length === 0
      ? ['The vault holds no snapshot yet.']
      : tableOf(['snapshot', 'time', 'machine', 'plan', '', 'why'], rows)),
    `${kept.length} stay, ${forgotten.length} ${forgotten.length === 1 ? 'goes' : 'go'}.`,
    ...frozen.map(
      ({ machine, plan, reason }) =>
        `Nothing of ${plan === null ? machine : `${machine}, ${plan},`} goes for now: ${reason}.`,
    ),
    bytesLine(summary, by.graceMs),
  ]
}

function bytesLine({ bytesFreed, bytesWaiting, deleteAfter, dryRun }: PruneSummary, graceMs: number): string {
  const now = `${formatBytes(bytesFreed)} ${dryRun ? 'would be freed' : 'freed'} now`
  if (bytesWaiting === 0 && deleteAfter === null) return `${now}.`
  const when =
    deleteAfter === null ? `after the grace of ${formatDuration(graceMs)}` : `after ${localTime(deleteAfter)}`
  return `${now}, ${formatBytes(bytesWaiting)} by a prune ${when}; until then looser rules bring back what goes.`
}
