import { HoldfastError, type WriterId } from '@holdfast/domain'
import { type LoadedIndex, loadIndex } from '../index/load-index.ts'
import type { PruneEnv } from '../prune.ts'
import { readSnapshots, type SnapshotHistory } from '../snapshot/read-snapshots.ts'
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
  refuseDamage(history.broken, 'snapshot')
  refuseDamage(history.marks.broken, 'mark')
  refuseGaps(history, known)
  const loaded = await loadIndex(vault, history, env)
  refuseDamage(loaded.broken, 'index object')
  return { history, loaded, packs }
}

function refuseDamage(broken: readonly { key: string; reason: string }[], what: string): void {
  const [first] = broken
  if (first === undefined) return
  throw new HoldfastError(
    'VAULT_DAMAGED',
    `${broken.length === 1 ? `A ${what} is` : `${broken.length} ${what}s are`} damaged (${first.key}): nothing is deleted from a vault that is not whole.`,
    { next: 'Run `holdfast repair` first.' },
  )
}

/** Every number of every writer must be there or explained, up to the highest that this home remembers. */
function refuseGaps({ snapshots, hidden, marks }: SnapshotHistory, known: KnownSeqs): void {
  const chains = Map.groupBy([...snapshots, ...hidden], ({ body }) => body.writer)
  for (const [writer, seq] of known) {
    const highest = Math.max(marks.highest(writer), ...(chains.get(writer) ?? []).map(({ body }) => body.seq))
    if (highest < seq)
      throw new HoldfastError(
        'VAULT_ROLLED_BACK',
        `This home has seen the snapshot ${writer}-${seq}, and it is not in the vault any more.`,
      )
  }
  for (const [writer, chain] of chains) {
    const present = new Set(chain.map(({ body }) => body.seq))
    for (let seq = Math.max(...present) - 1; seq > 0; seq -= 1)
      if (!present.has(seq) && !marks.explains(writer, seq))
        throw new HoldfastError(
          'VAULT_DAMAGED',
          `The snapshot ${writer}-${seq} is missing: nothing is deleted from a vault that is not whole.`,
        )
  }
}
