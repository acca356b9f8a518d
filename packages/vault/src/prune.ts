import {
  HoldfastError,
  isHoldfastError,
  type KeepRules,
  type LogLevel,
  type SnapshotId,
} from '@holdfast/domain'
import { eventStream } from './event-stream.ts'
import { putMark } from './marks/put-mark.ts'
import { prunePrograms } from './program/prune-programs.ts'
import { copyForward } from './prune/copy-forward.ts'
import { deleteDue } from './prune/delete-due.ts'
import { type Judgement, judge } from './prune/judge.ts'
import { type KnownSeqs, readVaultState } from './prune/read-vault-state.ts'
import { requireDelete } from './prune/require-delete.ts'
import { pruneSettings } from './settings/prune-settings.ts'
import { SWEEPER } from './vault/claim-format.ts'
import { claimWriter } from './vault/claims.ts'
import type { EngineEnv } from './vault/create-vault.ts'
import type { OpenedVault } from './vault/open-vault.ts'
import { keepReserve, withReserve } from './vault/reserve.ts'

export type PruneRequest = {
  readonly keep: KeepRules
  /** Only snapshots of this machine (its name or writer id), or of this plan, are subject to the rules. */
  readonly machine: string | undefined
  readonly plan: string | undefined
  readonly installation: string
  /** How long a doomed object stays, milliseconds; 0 deletes at once. */
  readonly graceMs: number
  /** Go on when more than 64 packs and a fifth of the vault would go at once. */
  readonly allowLarge: boolean
  /** Become the vault's sweeper though another installation is. */
  readonly takeOver: boolean
  /** Say what would happen and write nothing. */
  readonly dryRun: boolean
  /** In which days, weeks and months are counted. */
  readonly timeZone: string
  /** What this home has seen of the vault before. */
  readonly known: KnownSeqs
}

export type PruneSummary = {
  readonly dryRun: boolean
  readonly kept: readonly { readonly snapshot: SnapshotId; readonly reasons: readonly string[] }[]
  readonly forgotten: readonly SnapshotId[]
  /** Doomed in this pass; `bytes` are those of the packs. */
  readonly marked: { readonly snapshots: number; readonly packs: number; readonly bytes: number }
  readonly deleted: {
    readonly snapshots: number
    readonly indexes: number
    readonly packs: number
    readonly bytes: number
  }
  /** Live pieces copied out of packs that were mostly dead. */
  readonly copied: { readonly packs: number; readonly bytes: number }
  /** Packed programs that newer ones replaced, and what storing of such left: deleted, or in a dry run to be. */
  readonly programs: { readonly sets: number; readonly bytes: number }
  /** Settings and histories of machines that newer ones replaced: deleted, or in a dry run to be. */
  readonly settings: { readonly objects: number; readonly bytes: number }
  readonly bytesFreed: number
  /** Doomed and not deleted yet. */
  readonly bytesWaiting: number
  readonly deleteAfter: Date | null
  readonly frozen: readonly {
    readonly machine: string
    readonly plan: string | null
    readonly reason: string
  }[]
  readonly durationMs: number
}

export type PruneEvent =
  | {
      readonly type: 'progress'
      readonly phase: 'reading' | 'marking' | 'copying' | 'deleting'
      readonly done: number
      readonly total: number | null
    }
  | { readonly type: 'log'; readonly level: LogLevel; readonly text: string }
  | { readonly type: 'finished'; readonly summary: PruneSummary }

export type PruneEnv = EngineEnv & {
  readonly signal: AbortSignal
  readonly emit: (event: PruneEvent) => void
}

/**
 * Forgets snapshots by rules and frees what nothing needs any more, in two phases: what goes is marked now and deleted
 * by a later prune, after the grace and a second look. Packs that are mostly dead have their live pieces copied into
 * new ones first. Snapshots that looser rules keep after all come back until then. Nothing that a listed snapshot
 * needs is ever deleted, also when this is killed at any moment, or beside a running backup.
 *
 * Rejects before anything is written with VAULT_DAMAGED or VAULT_ROLLED_BACK when the vault is not whole,
 * PRUNE_ELSEWHERE when another installation is the sweeper, PRUNE_LARGE, and VAULT_CHANGED when without a grace a run
 * may be under way. REMOTE_DENIED when the credential may not delete.
 */
export function prune(
  vault: OpenedVault,
  request: PruneRequest,
  env: EngineEnv,
): AsyncGenerator<PruneEvent, void, undefined> {
  return eventStream<PruneEvent>((emit, signal) => runPrune(vault, request, { ...env, signal, emit }), {
    signal: env.signal,
    coalesce: (event) => event.type === 'progress',
  })
}

async function runPrune(vault: OpenedVault, request: PruneRequest, env: PruneEnv): Promise<PruneEvent> {
  const startedMs = env.clock.nowMs()
  env.emit({ type: 'progress', phase: 'reading', done: 0, total: null })
  if (!request.dryRun) {
    await withReserve(vault, env, () => requireDelete(vault, request.installation, env))
    await withReserve(vault, env, () => becomeSweeper(vault, request, env))
  }
  let view = await look(vault, request, env)
  refuseTooMuch(view, request)
  const first = view

  let copied = { packs: view.sparse.length, bytes: 0 }
  if (!request.dryRun) {
    copied = await copyForward(vault, view, env)
    if (await withReserve(vault, env, () => mark(vault, first, request, env)))
      view = await look(vault, request, env)
  }
  const deleted = await deleteDue(vault, view, request, env)
  const programs = await prunePrograms(vault, request, env)
  const settings = await pruneSettings(vault, request, env)
  if (!request.dryRun) await keepReserveIfRoom(vault, env)
  const bytesWaiting = view.waitingBytes - (request.dryRun ? 0 : deleted.bytes)
  const summary: PruneSummary = {
    dryRun: request.dryRun,
    kept: first.kept,
    forgotten: first.forgotten.map(({ id }) => id),
    marked: {
      snapshots: first.newlyDoomed.snapshots.length,
      packs: first.newlyDoomed.packs.length,
      bytes: first.newlyDoomed.bytes,
    },
    deleted,
    copied,
    programs,
    settings,
    bytesFreed: deleted.bytes + programs.bytes + settings.bytes,
    bytesWaiting: Math.max(0, bytesWaiting),
    deleteAfter: view.deleteAfter,
    frozen: first.frozen,
    durationMs: env.clock.nowMs() - startedMs,
  }
  return { type: 'finished', summary }
}

/** A remote that is full still gets its reserve back with the first prune that frees enough. */
async function keepReserveIfRoom(vault: OpenedVault, env: PruneEnv): Promise<void> {
  try {
    await keepReserve(vault, env)
  } catch (error) {
    if (!isHoldfastError(error, 'REMOTE_FULL')) throw error
    env.emit({ type: 'log', level: 'warn', text: 'The remote has no room for the reserve of a prune.' })
  }
}

/** One installation prunes a vault, so that two never delete on each other's word. */
async function becomeSweeper(vault: OpenedVault, request: PruneRequest, env: PruneEnv): Promise<void> {
  const { installation, takeOver } = request
  try {
    await claimWriter(vault, { writer: SWEEPER, installation, machine: 'sweeper', takeOver }, env)
  } catch (error) {
    if (!isHoldfastError(error, 'TAKEN_OVER')) throw error
    throw new HoldfastError('PRUNE_ELSEWHERE', 'Another installation prunes this vault.', { cause: error })
  }
}

async function look(vault: OpenedVault, request: PruneRequest, env: PruneEnv): Promise<Judgement> {
  const state = await readVaultState(vault, request.known, env)
  return await judge(vault, state, request, env)
}

const MANY_PACKS = 64
const LARGE_SHARE = 0.2

function refuseTooMuch(view: Judgement, { allowLarge, dryRun, graceMs }: PruneRequest): void {
  const many = view.newlyDoomed.packs.length
  if (!dryRun && !allowLarge && many > MANY_PACKS && many > view.state.packs.size * LARGE_SHARE)
    throw new HoldfastError('PRUNE_LARGE', `${many} of ${view.state.packs.size} packs would go at once.`)
  if (!dryRun && graceMs === 0 && view.young.length > 0)
    throw new HoldfastError(
      'VAULT_CHANGED',
      `${view.young.length} packs were stored within the last 24 h by a run that has not finished: without a grace they would be taken from it.`,
      { next: 'Wait until the run has ended, or leave out --grace 0.' },
    )
}

/** Phase 1. True when something was marked that may be deleted at once: the vault must then be looked at again. */
async function mark(
  vault: OpenedVault,
  { newlyDoomed }: Judgement,
  { installation, graceMs }: PruneRequest,
  env: PruneEnv,
): Promise<boolean> {
  const { snapshots, packs } = newlyDoomed
  if (snapshots.length + packs.length === 0) return false
  env.emit({ type: 'progress', phase: 'marking', done: 0, total: snapshots.length + packs.length })
  await putMark(vault, { kind: 'doomed', installation, graceMs, snapshots, packs }, env)
  return graceMs === 0
}
