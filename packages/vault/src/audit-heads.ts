import type { SnapshotId, WriterId } from '@holdfast/domain'
import { readSnapshots } from './snapshot/read-snapshots.ts'
import type { EngineEnv } from './vault/create-vault.ts'
import type { OpenedVault } from './vault/open-vault.ts'

/** What a snapshot noted of its machine's audit trail. */
export type AuditHead = { readonly snapshot: SnapshotId; readonly time: Date; readonly head: string }

/**
 * The heads of the audit trail that one installation's snapshots carry, oldest first; also of snapshots that are to be
 * deleted. Only snapshots that verify count. Rejects when the vault can't be read, or with CANCELLED.
 */
export async function auditHeads(
  vault: OpenedVault,
  by: { readonly writer: WriterId; readonly installation: string },
  env: EngineEnv,
): Promise<AuditHead[]> {
  const { snapshots, hidden } = await readSnapshots(vault, env, { writer: by.writer })
  return [...snapshots, ...hidden]
    .filter(({ body }) => body.installation === by.installation)
    .toSorted((a, b) => a.body.seq - b.body.seq)
    .flatMap(({ id, body }) =>
      body.auditHead === null ? [] : [{ snapshot: id, time: new Date(body.started), head: body.auditHead }],
    )
}
