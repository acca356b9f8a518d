import { randomUUID } from 'node:crypto'
import { join, relative } from 'node:path'
import type { LiveEvent, Restore } from '@holdfast/api'
import { HoldfastError, type Plan, type SnapshotId } from '@holdfast/domain'
import { type EngineChild, KILL_AFTER_MS, startEngineChild } from './run/engine-child.ts'
import type { EngineEvent } from './run/engine-messages.ts'
import { throttled } from './run/live-progress.ts'
import type { Vaults } from './vaults/vaults.ts'

const PROGRESS_MS = 250
const SKIPS_SHOWN = 1000
const RESTORES_KEPT = 50
const SHUTDOWN_KILL_AFTER_MS = 5000

/** Restores that run or ran since the agent started. Each has its own engine process. */
export type RestoreDesk = AsyncDisposable & {
  /** Resolves when the engine has its order. INPUT_INVALID for a target inside the vault's own folder. */
  start(request: {
    plan: Plan
    snapshot: SnapshotId
    paths: readonly string[]
    targetDir: string
  }): Promise<Restore>
  /** RUN_UNKNOWN for one that is not known (any more). */
  get(id: string): Restore
  /** Resolves when the engine has stopped. RUN_UNKNOWN, RUN_NOT_RUNNING. */
  cancel(id: string): Promise<Restore>
}

type Entry = { restore: Restore; child: EngineChild; cancelled: boolean; done: Promise<void> }

export function createRestoreDesk(parts: {
  vaults: Vaults
  publish: (event: LiveEvent) => void
  now: () => Date
  path: string
  /** Puts files back under their owners, which needs root. */
  owners: boolean
}): RestoreDesk {
  const entries = new Map<string, Entry>()

  function known(id: string): Entry {
    const entry = entries.get(id)
    if (entry === undefined) throw new HoldfastError('RUN_UNKNOWN', 'This restore is not known any more.')
    return entry
  }

  return {
    async start({ plan, snapshot, paths, targetDir }) {
      checkTarget(plan, targetDir)
      const id = randomUUID()
      const group = `restore-${id}`
      const access = await parts.vaults.accessTo(plan.vault, group)
      let restore: Restore = {
        ...{ id, planId: plan.id, snapshot, targetDir, startedAt: parts.now(), state: 'running' },
        ...{ filesDone: 0, filesTotal: null, bytesDone: 0, bytesTotal: null, skipped: [], error: null },
      }
      const announce = throttled<Restore>(PROGRESS_MS, (newest) =>
        parts.publish({ type: 'restore', restore: newest }),
      )
      const child = await startEngineChild(
        { kind: 'restore', access, snapshot, paths: [...paths], targetDir, owners: parts.owners },
        {
          path: parts.path,
          onEvent: (event) => {
            restore = afterEvent(restore, event)
            entry.restore = restore
            announce.offer(restore)
          },
        },
      )
      const entry: Entry = { restore, child, cancelled: false, done: Promise.resolve() }
      entry.done = child.ended.then(async (how) => {
        await parts.vaults.stopTransfers(group)
        entry.restore = ended(entry, how)
        announce.offer(entry.restore)
        announce.end()
      })
      entries.set(id, entry)
      forgetOldest(entries)
      announce.offer(restore)
      return restore
    },
    get: (id) => known(id).restore,
    async cancel(id) {
      const entry = known(id)
      if (entry.restore.state !== 'running')
        throw new HoldfastError('RUN_NOT_RUNNING', 'This restore has ended already.')
      entry.cancelled = true
      entry.child.cancel({ killAfterMs: KILL_AFTER_MS })
      await entry.done
      return entry.restore
    },
    async [Symbol.asyncDispose]() {
      const running = [...entries.values()].filter(({ restore }) => restore.state === 'running')
      for (const entry of running) {
        entry.cancelled = true
        entry.child.cancel({ killAfterMs: SHUTDOWN_KILL_AFTER_MS })
      }
      await Promise.all(running.map(({ done }) => done))
    },
  }
}

/** The last word decides: an engine that ends without one has failed. */
function afterEvent(restore: Restore, event: EngineEvent): Restore {
  switch (event.type) {
    case 'restore-progress':
      return { ...restore, ...event.progress }
    case 'skipped':
      return restore.skipped.length >= SKIPS_SHOWN
        ? restore
        : { ...restore, skipped: [...restore.skipped, { path: event.path, reason: event.reason }] }
    case 'restored': {
      const { files, bytes, skipped } = event.summary
      return {
        ...restore,
        state: 'done',
        filesDone: files,
        bytesDone: bytes,
        skipped: skipped.slice(0, SKIPS_SHOWN),
      }
    }
    case 'failed':
      return { ...restore, state: 'failed', error: event.failure }
    case 'progress':
    case 'log':
    case 'backed-up':
      return restore
    default:
      return event satisfies never
  }
}

function ended({ restore, cancelled }: Entry, how: string): Restore {
  if (restore.state === 'done') return restore
  if (cancelled) return { ...restore, state: 'cancelled', error: null }
  if (restore.state === 'failed') return restore
  const error = {
    code: 'ENGINE_DIED',
    message: `The restore stopped in the middle: it ${how}.`,
    next: 'Start it again; what is there already is kept.',
  }
  return { ...restore, state: 'failed', error }
}

function checkTarget(plan: Plan, targetDir: string): void {
  if (plan.vault.place.kind !== 'folder') return
  const way = relative(plan.vault.place.path, join('/', targetDir))
  if (!way.startsWith('..'))
    throw new HoldfastError(
      'INPUT_INVALID',
      'The folder lies inside the vault: files restored there would spoil it.',
    )
}

function forgetOldest(entries: Map<string, Entry>): void {
  for (const [id, { restore }] of entries) {
    if (entries.size <= RESTORES_KEPT) return
    if (restore.state !== 'running') entries.delete(id)
  }
}
