import { setTimeout as wait } from 'node:timers/promises'
import { formatBytes, HoldfastError, type PlanId, Restore, SnapshotId } from '@holdfast/domain'
import { z } from 'zod'
import { type AgentClient, callAgent } from '../agent/agent-client.ts'
import { findPlan } from '../agent/find-plan.ts'
import { askYes } from '../ask.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { localTime } from '../local-time.ts'
import type { Output } from '../output.ts'
import type { Call } from '../program.ts'
import { momentOf, parseSnapshot } from '../snapshot-option.ts'

const LOOK_EVERY_MS = 300

export type InPlaceOptions = {
  plan?: string
  snapshot?: string
  at?: string
  dryRun?: boolean
  yes?: boolean
  keepRemoved?: boolean
}

const Moment = z.object({ id: SnapshotId, at: z.coerce.date(), plan: z.string().nullable() })
type Moment = z.infer<typeof Moment>
type Preview = Awaited<ReturnType<AgentClient['restore']['previewRewind']['query']>>

/**
 * `holdfast restore --in-place --plan PLAN (--at TIME | --snapshot ID)`: shows what would be done, asks, backs the plan
 * up as it is now and makes its sources what they were. Exit 3 when something had to stay. Ctrl-C leaves it going.
 */
export async function restoreInPlace({ settings, output }: Call, options: InPlaceOptions): Promise<ExitCode> {
  const { signal } = settings
  const { plan: name } = options
  if (name === undefined) throw new HoldfastError('USAGE', 'Which plan? Give --plan PLAN.')
  const wanted = wantedMoment(options)
  return await callAgent(settings, async (agent) => {
    const { id: planId } = await findPlan(agent, name, signal)
    const moment = await find(agent, planId, { wanted, signal })
    const query = { planId, snapshot: moment.id }
    const preview = await agent.restore.previewRewind.query(query, { signal })
    const lines = previewLines(preview, moment)
    if (options.dryRun === true) {
      output.answer({ ...preview, snapshot: moment.id, dryRun: true }, [
        ...lines,
        output.bold('A dry run: nothing was done.'),
      ])
      return EXIT.ok
    }
    if (options.yes !== true) await confirm(lines, { output, signal })
    const aside = options.keepRemoved === true
    const started = Restore.parse(await agent.restore.rewind.mutate({ ...query, aside }, { signal }))
    const ended = await follow(agent, started.id, { output, signal })
    output.answer(documentOf(ended), endLines(ended, { output, moment }))
    return exitCodeOf(ended)
  })
}

/** By what the moment is told; a day alone means its end. */
function wantedMoment({ snapshot, at }: InPlaceOptions): (moment: Moment) => boolean {
  if (snapshot !== undefined) {
    const id = parseSnapshot(snapshot)
    return (moment) => id === 'latest' || moment.id === id
  }
  if (at === undefined) throw new HoldfastError('USAGE', 'To which moment? Give --at TIME, or --snapshot ID.')
  const until = momentOf(at)
  return (moment) => moment.at.getTime() <= until
}

async function find(
  agent: AgentClient,
  planId: PlanId,
  by: { wanted: (moment: Moment) => boolean; signal: AbortSignal },
): Promise<Moment> {
  const answer = await agent.snapshot.list.query({ planId }, { signal: by.signal })
  const found = Moment.array()
    .parse(answer)
    .find((moment) => moment.plan === planId && by.wanted(moment))
  if (found !== undefined) return found
  throw new HoldfastError('SNAPSHOT_UNKNOWN', 'The plan has no snapshot from then or before.')
}

async function confirm(
  lines: readonly string[],
  { output, signal }: { output: Output; signal: AbortSignal },
): Promise<void> {
  if (!process.stdin.isTTY || !process.stderr.isTTY)
    throw new HoldfastError('USAGE', 'This replaces and removes files.', {
      next: 'Look with --dry-run first, then give --yes.',
    })
  for (const line of lines) output.note(line)
  if (!(await askYes('Back the plan up as it is now, and then do this?', signal)))
    throw new HoldfastError('CANCELLED', 'Nothing was done.')
}

function previewLines({ added, changed, removed, examples, untouched }: Preview, moment: Moment): string[] {
  const line = (word: string, { entries, bytes }: Preview['added']) =>
    `  ${entries} ${word}, ${formatBytes(bytes)}`
  return [
    `Back to ${moment.id} of ${localTime(moment.at)}:`,
    line('come back', added),
    line('are replaced', changed),
    line('are removed', removed),
    ...examples.map(({ path, change }) => `    ${SIGNS[change]} ${path}`),
    ...untouched.map((label) => `  ${label} stays as it is: only the plan or only the snapshot has it.`),
  ]
}

const SIGNS = { added: '+', changed: '~', removed: '-' } as const

async function follow(
  agent: AgentClient,
  id: string,
  { output, signal }: { output: Output; signal: AbortSignal },
): Promise<Restore> {
  for (;;) {
    const now = Restore.parse(await agent.restore.get.query({ id }, { signal }))
    if (now.state !== 'running') return now
    const what =
      now.rewind?.now === null
        ? 'backing up what is there now'
        : `going back: ${now.filesDone} of ${now.filesTotal ?? '?'} files, ${formatBytes(now.bytesDone)}`
    output.progress({ type: 'progress', ...now }, what)
    await wait(LOOK_EVERY_MS, undefined, { signal })
  }
}

function documentOf({ id, snapshot, state, filesDone, bytesDone, rewind, ...rest }: Restore): object {
  const { skipped, skippedTotal, error, startedAt, finishedAt } = rest
  return {
    ...{ id, state, snapshot, now: rewind?.now ?? null, aside: rewind?.aside ?? null },
    ...{ files: filesDone, bytes: bytesDone, unchanged: rewind?.unchanged ?? 0 },
    ...{ removed: rewind?.removed.entries ?? 0, removedBytes: rewind?.removed.bytes ?? 0 },
    ...{ skipped, skippedTotal, error },
    durationMs: finishedAt === null ? 0 : finishedAt.getTime() - startedAt.getTime(),
  }
}

function endLines(restore: Restore, { output, moment }: { output: Output; moment: Moment }): string[] {
  const { error, rewind, skipped, skippedTotal } = restore
  if (restore.state !== 'done')
    return [
      output.bold(restore.state === 'cancelled' ? 'It was cancelled.' : 'It did not come to its end.'),
      ...(error === null ? [] : [`  ${error.message} ${error.next}`]),
    ]
  return [
    `${output.bold('Back in time:')} the plan is as it was on ${localTime(moment.at)}.`,
    `  ${restore.filesDone} files brought back, ${rewind?.unchanged ?? 0} were right, ${rewind?.removed.entries ?? 0} removed`,
    ...(rewind?.now == null ? [] : [`  What was there before stands in snapshot ${rewind.now}.`]),
    ...(rewind?.aside == null ? [] : [`  What was removed or replaced lies in folders …${rewind.aside}.`]),
    ...skipped.map(({ path, reason }) => `  Not done: ${path}: ${reason}`),
    ...(skippedTotal > skipped.length ? [`  … and ${skippedTotal - skipped.length} more`] : []),
  ]
}

function exitCodeOf({ state, skippedTotal }: Restore): ExitCode {
  if (state === 'cancelled') return EXIT.cancelled
  if (state !== 'done') return EXIT.failed
  return skippedTotal === 0 ? EXIT.ok : EXIT.incomplete
}
