import { toHoldfastError, type WriterId } from '@holdfast/domain'
import { listSnapshots, type SnapshotInfo } from '@holdfast/vault'
import type { EmbeddedVault } from './open-embedded-vault.ts'
import type { Output } from './output.ts'

/**
 * Remembers the highest sequence number of every writer, so that a vault that is put back to an older state is noticed
 * later. `found` are all snapshots where the caller has them, hidden ones included. That it fails is only said: what
 * the command was asked for is done.
 */
export async function rememberSeen(
  { vault, env, home }: EmbeddedVault,
  output: Output,
  found?: readonly SnapshotInfo[],
): Promise<void> {
  try {
    const seqs = new Map<WriterId, number>()
    for (const { writer, seq } of found ?? (await listSnapshots(vault, env, { all: true })))
      seqs.set(writer, Math.max(seq, seqs.get(writer) ?? 0))
    if (seqs.size > 0) home.sawSeqs(vault.id, seqs)
  } catch (error) {
    env.signal?.throwIfAborted()
    output.note(`This home could not remember what it saw of the vault: ${toHoldfastError(error).message}`)
  }
}
