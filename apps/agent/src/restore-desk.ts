import { randomUUID } from 'node:crypto'
import { relative } from 'node:path'
import type { LiveEvent, RestoreRequest } from '@holdfast/api'
import {
  HoldfastError,
  type Plan,
  type PlanId,
  type Restore,
  type RunId,
  type SnapshotId,
  toHoldfastError,
} from '@holdfast/domain'
import type { AuditAct, History } from '@holdfast/history'
import { KILL_AFTER_MS, startEngineChild } from './run/engine-child.ts'
import type { EngineEvent, EngineOrder, VaultAccess } from './run/engine-messages.ts'
import { throttled } from './run/live-progress.ts'
import type { RunDesk } from './run/run-desk.ts'
import type { Vaults } from './vaults/vaults.ts'

const PROGRESS_MS = 250
const SKIPS_SHOWN = 1000
const SHUTDOWN_KILL_AFTER_MS = 5000

/** Restores, each with its own engine process; what became of them stands in the history. */
export type RestoreDesk = AsyncDisposable & {
  /** Resolves when the vault can be reached. INPUT_INVALID for a target inside the vault's own folder. */
  start(plan: Plan, request: RestoreRequest & Placed, audit: AuditFor): Promise<Restore>
  /** Resolves when the run that makes the snapshot of now is queued. PLAN_RUNNING. */
  rewind(
    plan: Plan,
    request: { snapshot: SnapshotId; aside: boolean; now: SnapshotId | null },
    audit: AuditFor,
  ): Promise<Restore>
  /** RUN_UNKNOWN for one that never was. */
  get(id: string): Promise<Restore>
  /** The restore once it has ended. RUN_UNKNOWN. */
  ended(id: string): Promise<Restore>
  /** Newest first. */
  list(limit: number): Promise<Restore[]>
  /** Resolves when the engine has stopped. RUN_UNKNOWN, RUN_NOT_RUNNING. */
  cancel(id: string): Promise<Restore>
}

/** With places, each label goes there and `targetDir` is empty. */
type Placed = { readonly places?: readonly { readonly label: string; readonly path: string }[] | null }
type AuditFor = (restore: Restore) => AuditAct
type Entry = { restore: Restore; readonly stop: AbortController; done: Promise<void> }

export function createRestoreDesk(parts: {
  history: History
  vaults: Vaults
  runs: Pick<RunDesk, 'start' | 'ended' | 'cancel'>
  publish: (event: LiveEvent) => void
  now: () => Date
  onError: (error: unknown) => void
  path: string
  /** Puts files back under their owners, which needs root. */
  owners: boolean
}): RestoreDesk {
  const { history, vaults, now } = parts
  const running = new Map<string, Entry>()

  async function begin(
    restore: Restore,
    audit: AuditAct,
    work: (entry: Entry, change: (restore: Restore) => void) => Promise<void>,
  ): Promise<Restore> {
    await history.restores.put(restore, { audit })
    const announce = throttled<Restore>(PROGRESS_MS, (newest) =>
      parts.publish({ type: 'restore', restore: newest }),
    )
    const entry: Entry = { restore, stop: new AbortController(), done: Promise.resolve() }
    running.set(restore.id, entry)
    const change = (newest: Restore) => {
      entry.restore = newest
      announce.offer(newest)
    }
    entry.done = work(entry, change)
      .catch((error: unknown) => change(failed(entry.restore, toHoldfastError(error))))
      .then(async () => {
        change(ended(entry, now()))
        await history.restores.put(entry.restore)
        announce.end()
      })
      .catch(parts.onError)
      .finally(() => running.delete(restore.id))
    change(restore)
    return restore
  }

  /** Follows one engine to its end. */
  async function follow(entry: Entry, change: (restore: Restore) => void, order: EngineOrder): Promise<void> {
    const { signal } = entry.stop
    signal.throwIfAborted()
    const child = await startEngineChild(order, {
      path: parts.path,
      onEvent: (event) => change(afterEvent(entry.restore, event)),
    })
    const cancel = () => child.cancel({ killAfterMs: Number(signal.reason) || KILL_AFTER_MS })
    signal.addEventListener('abort', cancel, { once: true })
    if (signal.aborted) cancel()
    const how = await child.ended
    signal.removeEventListener('abort', cancel)
    await vaults.stopTransfers(order.access.group)
    if (entry.restore.state === 'running')
      throw new HoldfastError('ENGINE_DIED', `The restore stopped in the middle: it ${how}.`, {
        next: 'Go on with it: what is there already is kept.',
      })
  }

  /** The plan's own run, to its end. What it could not read stays as it is. */
  async function backUpNow(planId: PlanId, runId: RunId, signal: AbortSignal): Promise<SnapshotId> {
    const cancel = () => void parts.runs.cancel(runId, 'the restore').catch(() => undefined)
    signal.addEventListener('abort', cancel, { once: true })
    if (signal.aborted) cancel()
    const run = await parts.runs.ended(runId)
    signal.removeEventListener('abort', cancel)
    if (run.summary !== null) return run.summary.snapshot
    const why = run.reason?.message ?? `The run was ${run.outcome}.`
    throw new HoldfastError('PLAN_RUNNING', `There is no snapshot of now, so nothing was touched: ${why}`, {
      next: run.reason?.next ?? `Run ${planId} until it is complete, then try again.`,
    })
  }

  return {
    async start(plan, { snapshot, paths, targetDir, conflict, places = null }, audit) {
      for (const { path } of places ?? [{ path: targetDir }]) checkTarget(plan, path)
      const restore = newRestore(plan, { snapshot, paths: [...paths], targetDir, conflict }, now())
      const access = await vaults.accessTo(plan.vault, groupOf(restore))
      return begin(restore, audit(restore), async (entry, change) => {
        const order = { snapshot, paths: [...paths], targetDir, conflict, owners: parts.owners }
        const placed = places === null ? null : [...places]
        await follow(entry, change, { kind: 'restore', access, ...order, places: placed })
      })
    },
    async rewind(plan, { snapshot, aside, now: known }, audit) {
      const asideName = aside ? asideNameAt(now()) : null
      const rewind = { now: known, aside: asideName, unchanged: 0, removed: { entries: 0, bytes: 0 } }
      const request = { snapshot, paths: [], targetDir: '', conflict: 'overwrite' as const }
      const restore: Restore = { ...newRestore(plan, request, now()), rewind }
      const access: VaultAccess = await vaults.accessTo(plan.vault, groupOf(restore))
      const run = known === null ? await parts.runs.start(plan.id, 'device') : undefined
      return begin(restore, audit(restore), async (entry, change) => {
        const ofNow = run === undefined ? known : await backUpNow(plan.id, run.id, entry.stop.signal)
        if (ofNow === null) throw new HoldfastError('INTERNAL', 'There is no snapshot of now.')
        change({ ...entry.restore, rewind: { ...rewind, now: ofNow } })
        await history.restores.put(entry.restore)
        const order = { snapshot, now: ofNow, aside: asideName, owners: parts.owners }
        await follow(entry, change, { kind: 'rewind', access, sources: plan.sources, ...order })
      })
    },
    get: async (id) => running.get(id)?.restore ?? (await history.restores.get(id)),
    async ended(id) {
      const entry = running.get(id)
      if (entry === undefined) return history.restores.get(id)
      await entry.done
      return entry.restore
    },
    list: async (limit) =>
      (await history.restores.list({ limit })).map((stored) => running.get(stored.id)?.restore ?? stored),
    async cancel(id) {
      const entry = running.get(id)
      if (entry === undefined) {
        await history.restores.get(id)
        throw new HoldfastError('RUN_NOT_RUNNING', 'This restore has ended already.')
      }
      entry.stop.abort(KILL_AFTER_MS)
      await entry.done
      return entry.restore
    },
    async [Symbol.asyncDispose]() {
      const entries = [...running.values()]
      for (const { stop } of entries) stop.abort(SHUTDOWN_KILL_AFTER_MS)
      await Promise.all(entries.map(({ done }) => done))
    },
  }
}

function newRestore(
  plan: Plan,
  request: Pick<Restore, 'snapshot' | 'paths' | 'targetDir' | 'conflict'>,
  startedAt: Date,
): Restore {
  return {
    ...{ id: randomUUID(), planId: plan.id, ...request, rewind: null, startedAt, finishedAt: null },
    ...{ state: 'running', filesDone: 0, filesTotal: null, bytesDone: 0, bytesTotal: null },
    ...{ filesAlready: 0, skipped: [], skippedTotal: 0, error: null },
  }
}

const groupOf = ({ id }: Restore) => `restore-${id}`

/** Sorts by time, and is a plain name on every file system. */
function asideNameAt(at: Date): string {
  return `holdfast-removed-${at.toISOString().slice(0, 19).replaceAll(':', '-')}`
}

/** The last word decides: an engine that ends without one has failed. */
function afterEvent(restore: Restore, event: EngineEvent): Restore {
  switch (event.type) {
    case 'restore-progress':
      return { ...restore, ...event.progress }
    case 'skipped': {
      const skippedTotal = restore.skippedTotal + 1
      if (restore.skipped.length >= SKIPS_SHOWN) return { ...restore, skippedTotal }
      const skipped = [...restore.skipped, { path: event.path, reason: event.reason }]
      return { ...restore, skipped, skippedTotal }
    }
    case 'restored': {
      const { files, bytes, already, skipped, skippedTotal, unchanged, removed, removedBytes } = event.summary
      const counted = { unchanged, removed: { entries: removed, bytes: removedBytes } }
      return {
        ...{ ...restore, state: 'done', filesDone: files, bytesDone: bytes, filesAlready: already },
        ...{ skipped, skippedTotal },
        rewind: restore.rewind === null ? null : { ...restore.rewind, ...counted },
      }
    }
    case 'failed':
      return { ...restore, state: 'failed', error: event.failure }
    case 'progress':
    case 'log':
    case 'backed-up':
    case 'copy-progress':
    case 'copied':
    case 'program-kept':
    case 'drilled':
      return restore
    default:
      return event satisfies never
  }
}

function failed(restore: Restore, { code, message, next }: HoldfastError): Restore {
  return { ...restore, state: 'failed', error: { code, message, next } }
}

function ended({ restore, stop }: Entry, finishedAt: Date): Restore {
  if (restore.state === 'done') return { ...restore, finishedAt }
  if (stop.signal.aborted) return { ...restore, state: 'cancelled', error: null, finishedAt }
  return { ...restore, finishedAt }
}

function checkTarget(plan: Plan, targetDir: string): void {
  if (!targetDir.startsWith('/'))
    throw new HoldfastError('INPUT_INVALID', 'A restore needs an absolute folder.', {
      next: 'Start it again where it was started.',
    })
  if (plan.vault.place.kind !== 'folder') return
  const way = relative(plan.vault.place.path, targetDir)
  if (way === '' || (way !== '..' && !way.startsWith('../')))
    throw new HoldfastError(
      'INPUT_INVALID',
      'The folder lies inside the vault: files restored there would spoil it.',
    )
}
