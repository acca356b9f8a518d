import { HoldfastError, type WriterId } from '@holdfast/domain'
import { type LoadedIndex, loadIndex } from '../index/load-index.ts'
import type { PruneEnv } from '../prune.ts'
import { chainsOf, isLeftover, missingSnapshots } from '../snapshot/chains.ts'
import { readSnapshots, type SnapshotHistory } from '../snapshot/read-snapshots.ts'
import { parseSnapshotKey } from '../snapshot/snapshot-format.ts'
import type { OpenedVault } from '../vault/open-vault.ts'

/** The highest sequence number that a home has seen of each writer. */
export type KnownSeqs = ReadonlyMap<WriterId, number>

/** Everything in a vault that a prune decides on. */
export type VaultState = {
  readonly history: SnapshotHistory
  readonly loaded: LoadedIndex
  /** Packs that are there, with size and the remote's time. */
  readonly packs: ReadonlyMap<string, { readonly size: number; readonly modifiedAtMs: number | undefined }>
}

/**
 * Reads the vault whole and stops when it is not: what can't be read can't be judged, and a listing that lacks what was
 * there before must not be taken for an empty vault. VAULT_DAMAGED, VAULT_ROLLED_BACK.
 */
export async function readVaultState(
  vault: OpenedVault,
  known: KnownSeqs,
  env: PruneEnv,
): Promise<VaultState> {
  // Packs first: one that a run stores meanwhile is then not there to be judged.
  const packs = new Map<string, { size: number; modifiedAtMs: number | undefined }>()
  for await (const { key, size, modifiedAtMs } of vault.store.list('packs', { signal: env.signal }))
    packs.set(key, { size, modifiedAtMs })
  const history = await readSnapshots(vault, env)
  const chains = chainsOf(history)
  // What a run left that was cut off while it committed names nothing that anybody ever saw.
  refuseDamage(history.broken.filter((one) => !isLeftover(one, chains)))
  // A mark that can't be read says nothing: what it doomed stays, and is doomed again.
  for (const { key, reason } of history.marks.broken)
    env.emit({ type: 'log', level: 'warn', text: `The mark ${key} is passed over: ${reason}` })
  refuseGaps(history, known)
  const loaded = await loadIndex(vault, history, env)
  await refuseStaleListing(vault, history, env)
  return { history, loaded, packs }
}

function refuseDamage(broken: readonly { key: string; reason: string }[]): void {
  const [first] = broken
  if (first === undefined) return
  throw new HoldfastError(
    'VAULT_DAMAGED',
    `${broken.length === 1 ? 'A snapshot is' : `${broken.length} snapshots are`} damaged (${first.key}): nothing is deleted from a vault that is not whole.`,
    { next: 'Run `holdfast repair` first.' },
  )
}

/** A listing that lacked a snapshot decides nothing: neither a stale one nor one from before a commit. */
async function refuseStaleListing(
  vault: OpenedVault,
  { snapshots, hidden, broken }: SnapshotHistory,
  env: PruneEnv,
): Promise<void> {
  const seen = new Set([...snapshots, ...hidden, ...broken].map(({ key }) => parseSnapshotKey(key)?.id))
  for await (const { key } of vault.store.list('snaps', { signal: env.signal }))
    if (!seen.has(parseSnapshotKey(key)?.id))
      throw new HoldfastError('VAULT_CHANGED', `The snapshot ${key} came while the vault was read.`)
}

/** Every number of every writer must be there or explained, up to the highest that this home remembers. */
function refuseGaps(history: SnapshotHistory, known: KnownSeqs): void {
  const chains = chainsOf(history)
  for (const [writer, seq] of known) {
    const present = (chains.get(writer) ?? []).map(({ body }) => body.seq)
    if (Math.max(history.marks.highest(writer), ...present) < seq)
      throw new HoldfastError(
        'VAULT_ROLLED_BACK',
        `This home has seen the snapshot ${writer}-${seq}, and it is not in the vault any more.`,
      )
  }
  const [missing] = missingSnapshots(history, chains)
  if (missing !== undefined)
    throw new HoldfastError(
      'VAULT_DAMAGED',
      `The snapshot ${missing.id} is missing: nothing is deleted from a vault that is not whole.`,
    )
}
