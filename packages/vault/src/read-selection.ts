import { HoldfastError, type SnapshotId } from '@holdfast/domain'
import { openWorkshop } from './pack/workshop.ts'
import { openFileReader } from './read-file.ts'
import { selectedEntries } from './restore/selected-entries.ts'
import { fromBytePath } from './scan/path-order.ts'
import { createLeafReader } from './snapshot/leaf.ts'
import type { Entry } from './snapshot/manifest-line.ts'
import { findSnapshot } from './snapshot/read-snapshots.ts'
import type { EngineEnv } from './vault/create-vault.ts'
import type { OpenedVault } from './vault/open-vault.ts'

/** An entry that was selected. `bytes` reads a file from its start, verified, once; see readFile. */
export type SelectedEntry = {
  readonly path: Uint8Array
  readonly kind: Entry['kind']
  readonly mode: number
  readonly mtimeNs: bigint
  readonly size: number
  readonly problem: string | undefined
  bytes(): AsyncGenerator<Uint8Array, void, undefined>
}

/**
 * What lies at and below the paths, in manifest order, with the folders above, each file to be read before the next
 * entry is asked for. Rejects as readFile does; a path that the snapshot does not hold is passed over.
 */
export async function* readSelection(
  vault: OpenedVault,
  query: { readonly snapshot: SnapshotId | 'latest'; readonly paths: readonly Uint8Array[] },
  env: EngineEnv & { threads?: number },
): AsyncGenerator<SelectedEntry, void, undefined> {
  const snapshot = await findSnapshot(vault, query.snapshot, env)
  const reader = createLeafReader(vault, env)
  await using workshop = openWorkshop(vault.keys, { threads: env.threads ?? 1 })
  const wish = {
    paths: query.paths,
    missing: () => undefined,
    damaged(_: number, reason: string): never {
      throw new HoldfastError('VAULT_DAMAGED', `A list of ${snapshot.id} can't be read: ${reason}.`)
    },
  }
  for await (const entry of selectedEntries(reader, snapshot, wish)) {
    const { path, kind, mode, mtimeNs, size, problem } = entry
    yield {
      ...{ path: fromBytePath(path), kind, mode, mtimeNs, size, problem },
      bytes: () => openFileReader({ vault, reader, workshop, snapshot: snapshot.id, entry }, undefined, env),
    }
  }
}
