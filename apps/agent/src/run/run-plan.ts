import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { LiveEvent } from '@holdfast/api'
import {
  DAY_MS,
  type FinishedRun,
  HOUR_MS,
  MIB,
  MINUTE_MS,
  needsProof,
  noProgress,
  type Plan,
  type Progress,
  type Run,
  toHoldfastError,
} from '@holdfast/domain'
import type { History, RunEnd } from '@holdfast/history'
import type { Home } from '@holdfast/host'
import { z } from 'zod'
import type { PlanHooks } from '../hooks/plan-hooks.ts'
import type { KitWatch } from '../kit/kit-watch.ts'
import type { Standings } from '../recover/standings.ts'
import type { RungJob } from '../schedule/plan-bells.ts'
import type { SettingsKeeper } from '../settings/keep-settings.ts'
import type { Vaults } from '../vaults/vaults.ts'
import type { BootstrapLists } from './bootstrap-lists.ts'
import { KILL_AFTER_MS } from './engine-child.ts'
import type { EngineEvent, EngineOrder } from './engine-messages.ts'
import { throttled } from './live-progress.ts'
import { withoutOwnPlaces } from './own-places.ts'
import { endOfRun, endWithHooks, failedEnd, type LastWord, RunStopped } from './run-end.ts'
import { createRunLogWriter, type RunLogWriter } from './run-log-writer.ts'
import { runGroup } from './run-transfers.ts'

const PROGRESS_MS = 250
/** A remote that does not answer shall not keep the run from ending. */
const KEEP_AT_MOST_MS = 2 * MINUTE_MS
/** How long and how many log lines of all plans are kept; the runs themselves stay for ever. */
const LOGS_KEPT_MS = 90 * DAY_MS
const LOGS_KEPT_BYTES = 64 * MIB

export type RunParts = {
  readonly history: History
  readonly vaults: Vaults
  readonly publish: (event: LiveEvent) => void
  readonly now: () => Date
  readonly onError: (error: unknown) => void
  readonly home: Home
  /** Written before a run of a plan that holds them. */
  readonly lists: BootstrapLists
  /** Run before and after it. */
  readonly hooks: Pick<PlanHooks, 'before' | 'after' | 'sourcesOf'>
  /** Stores what a second machine needs beside the snapshot. */
  readonly settings: SettingsKeeper
  /** Notices that the saved recovery kit is out of date. */
  readonly kits: Pick<KitWatch, 'look'>
  readonly standings: Pick<Standings, 'set' | 'checkWriter'>
  /** Never backed up with a source around it. */
  readonly homeDir: string
  /** Files restored as a proof are written below here and removed again. */
  readonly proofRoot: string
}

/**
 * THE STORY of a run: mark it running, do what comes before it, hand the order to the plan's job, follow its engine to
 * the end, make sure that rclone has stopped too, do what comes after it, record how it ended, tell everybody. Never
 * rejects for what happens to the run: that is its outcome. Rejects only when the history itself can't be written.
 */
export async function runPlan(
  parts: RunParts,
  { plan, run, job, signal }: { plan: Plan; run: Run; job: RungJob; signal: AbortSignal },
  onProgress: (progress: Progress) => void,
): Promise<FinishedRun> {
  const { history, vaults, publish, now } = parts
  const running = await history.runs.markRunning(run.id, now())
  publish({ type: 'run', run: running })
  const log = createRunLogWriter({
    ...{ runId: run.id, log: history.log, now, onError: parts.onError },
    publish: (line) => publish({ type: 'log', runId: run.id, line }),
  })
  const progress = throttled<Progress>(PROGRESS_MS, (newest) =>
    publish({ type: 'progress', runId: run.id, planId: plan.id, progress: newest }),
  )
  onProgress(noProgress())

  const group = runGroup(run.id)
  const proofDir = join(parts.proofRoot, run.id)
  let end: RunEnd
  let pruned = false
  let failedHooks: string[] = []
  try {
    failedHooks = await parts.hooks.before({ plan, run, log, signal })
    await writeLists(parts, { plan, log, signal })
    const order = await orderFor(parts, { plan, group, proofDir, signal })
    const last = await followEngine({ job, order, signal, log }, (newest) => {
      onProgress(newest)
      progress.offer(newest)
    })
    await vaults.stopTransfers(group)
    pruned = last.kind === 'said' && last.event.type === 'backed-up' && last.event.pruned
    end = endOfRun(last, { signal, finishedAt: now() })
  } catch (error) {
    job.send({ type: 'leave' })
    end = failedEnd(error, { signal, finishedAt: now() })
  }
  // Ahead of everything else: a container may be waiting to be started again.
  const failedAfter = await parts.hooks.after({ plan, run, log, signal, outcome: end.outcome })
  end = endWithHooks({ ...end, finishedAt: now() }, [...failedHooks, ...failedAfter])
  if (end.summary !== null) await keepSettings(parts, { plan, log, signal })
  await rm(proofDir, { recursive: true, force: true }).catch(parts.onError)

  progress.end()
  if (end.reason !== null) log.write(end.outcome === 'failed' ? 'error' : 'warn', end.reason.message)
  await log.end()
  // Before anybody hears of the end: no bell of this machine may ring for this vault again.
  if (end.reason?.code === 'TAKEN_OVER')
    await parts.standings.set(plan.vault.id, {
      kind: 'taken-over',
      machine: parts.home.machine,
      since: now(),
    })
  const finished = await history.runs.finish(run.id, end)
  if (pruned) await history.settings.set(prunedKey(plan.id), now(), now())
  publish({ type: 'run', run: finished })
  const since = new Date(now().getTime() - LOGS_KEPT_MS)
  await history.log.keepWithin({ since, bytes: LOGS_KEPT_BYTES }).catch(parts.onError)
  return finished
}

/** What is installed here, as it is now. A list that can't be made is said; it never stops the backup of the rest. */
async function writeLists(
  { lists }: RunParts,
  { plan, log, signal }: { plan: Plan; log: RunLogWriter; signal: AbortSignal },
): Promise<void> {
  if (!lists.isIn(plan)) return
  try {
    const { problems } = await lists.write({ signal })
    for (const { file, why } of problems) log.write('warn', `The list ${file} is not new: ${why}.`)
  } catch (error) {
    signal.throwIfAborted()
    const { message } = toHoldfastError(error)
    log.write('warn', `The lists of what is installed are not new: ${message}`)
  }
}

/** The snapshot is made, so nothing here can take the run's outcome away: what goes wrong stands in its log. */
async function keepSettings(
  { settings, kits }: RunParts,
  { plan, log, signal }: { plan: Plan; log: RunLogWriter; signal: AbortSignal },
): Promise<void> {
  try {
    const limited = AbortSignal.any([signal, AbortSignal.timeout(KEEP_AT_MOST_MS)])
    await settings.keep(plan.vault, { signal: limited })
    await kits.look(plan.vault, limited)
  } catch (error) {
    const { message } = toHoldfastError(error)
    if (!signal.aborted) log.write('warn', `Settings and history were not stored in the vault: ${message}`)
  }
}

/** Everything that the engine needs, as plain data. */
async function orderFor(
  { history, vaults, now, home, homeDir, hooks }: RunParts,
  { plan, group, proofDir, signal }: { plan: Plan; group: string; proofDir: string; signal: AbortSignal },
): Promise<EngineOrder> {
  const facts = await history.homeFacts({ now: new Date(0), stripDays: 0, recentRuns: 0 })
  const places = [plan.vault.place, ...plan.options.copies]
  const ownFolders = [homeDir, ...places.flatMap((place) => (place.kind === 'folder' ? [place.path] : []))]
  const lastProof = facts.plans.find((known) => known.plan.id === plan.id)?.lastProof
  return {
    kind: 'backup',
    access: await vaults.accessTo(plan.vault, group, signal),
    plan: { ...plan, sources: [...withoutOwnPlaces(plan.sources, ownFolders), ...hooks.sourcesOf(plan)] },
    ...{ writer: home.writer, installation: home.installation, machine: home.machine },
    lastSeenSeq: await vaults.lastSeenSeq(plan.vault.id),
    auditHead: await history.audit.head(),
    proofDir: needsProof(lastProof, now()) ? proofDir : null,
    prune: await pruneOrder({ history, now, home }, plan),
  }
}

/** Old snapshots are looked through once a day. */
async function pruneOrder(
  { history, now, home }: Pick<RunParts, 'history' | 'now' | 'home'>,
  { id, vault, schedule, options: { keep } }: Plan,
): Promise<Extract<EngineOrder, { kind: 'backup' }>['prune']> {
  const last = await history.settings.get(prunedKey(id), z.coerce.date())
  if (keep === null || (last !== undefined && now().getTime() - last.getTime() < PRUNE_EVERY_MS)) return null
  const timeZone =
    schedule.kind === 'cron' ? schedule.timeZone : new Intl.DateTimeFormat().resolvedOptions().timeZone
  return { keep, timeZone, known: new Map(home.lastSeqs(vault.id)) }
}

const PRUNE_EVERY_MS = 20 * HOUR_MS
const prunedKey = (id: Plan['id']) => `plan-pruned-${id}`

async function followEngine(
  { job, order, signal, log }: { job: RungJob; order: EngineOrder; signal: AbortSignal; log: RunLogWriter },
  onProgress: (progress: Progress) => void,
): Promise<LastWord> {
  const cancel = () => {
    const killAfterMs = signal.reason instanceof RunStopped ? signal.reason.killAfterMs : KILL_AFTER_MS
    job.send({ type: 'cancel', killAfterMs })
  }
  signal.throwIfAborted()
  signal.addEventListener('abort', cancel, { once: true })
  job.send({ type: 'order', order })
  let said: LastWord | undefined
  let how = 'its job ended'
  try {
    for await (const message of job.messages) {
      if (message.type === 'engine-ended') how = message.how
      if (message.type === 'engine-failed') throw new Error(message.why)
      if (message.type === 'event') said = heard(message.event, { log, onProgress }) ?? said
    }
  } finally {
    signal.removeEventListener('abort', cancel)
  }
  return said ?? { kind: 'died', how }
}

/** Passes an event on; answers when it is the last one. */
function heard(
  event: EngineEvent,
  { log, onProgress }: { log: RunLogWriter; onProgress: (progress: Progress) => void },
): LastWord | undefined {
  switch (event.type) {
    case 'progress':
      onProgress(event.progress)
      return undefined
    case 'log':
      log.write(event.level, event.text)
      return undefined
    case 'skipped':
      log.write('warn', `${event.path}: ${event.reason}`)
      return undefined
    case 'backed-up':
      if (event.proof !== null) log.write('info', `${event.proof.files} files were restored and compared.`)
      if (event.proofFailure !== null)
        log.write('warn', `No proof could be made: ${event.proofFailure.message}`)
      return { kind: 'said', event }
    case 'failed':
      return { kind: 'said', event }
    case 'restore-progress':
    case 'restored':
    case 'copy-progress':
    case 'copied':
    case 'program-kept':
    case 'drilled':
      return undefined
    default:
      return event satisfies never
  }
}
