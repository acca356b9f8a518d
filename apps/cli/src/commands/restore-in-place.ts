import { setTimeout as wait } from 'node:timers/promises'
import { formatBytes, HoldfastError, Restore } from '@holdfast/domain'
import { type AgentClient, callAgent } from '../agent/agent-client.ts'
import { findPlan } from '../agent/find-plan.ts'
import { askYes } from '../ask.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { findMoment, type Moment, wantedMoment } from '../find-moment.ts'
import { localTime } from '../local-time.ts'
import type { Output } from '../output.ts'
import type { Call } from '../program.ts'

const LOOK_EVERY_MS = 300

export type InPlaceOptions = {
  plan?: string
  snapshot?: string
  at?: string
  dryRun?: boolean
  yes?: boolean
  keepRemoved?: boolean
}

type Preview = Awaited<ReturnType<AgentClient['restore']['previewRewind']['query']>>

/**
 * `holdfast restore --in-place --plan PLAN (--at TIME | --snapshot ID)`: shows what would be done, asks, backs the plan
 * up as it is now and makes its sources what they were. Exit 3 when something had to stay. Ctrl-C leaves it going.
 */
export async function restoreInPlace({ settings, output }: Call, options: InPlaceOptions): Promise<ExitCode> {
  const { signal } = settings
  const { plan: name } = options
  if (name === undefined) throw new HoldfastError('USAGE', 'Which plan? Give --plan PLAN.')
  // Before anybody is asked: what is told wrong is the caller's mistake.
  wantedMoment(options)
  return await callAgent(settings, async (agent) => {
    const { id: planId } = await findPlan(agent, name, signal)
    const moment = await findMoment(agent, planId, { ...options, signal })
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
