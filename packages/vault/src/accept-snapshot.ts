import type { SnapshotId } from '@holdfast/domain'
import { putMark } from './marks/put-mark.ts'
import { findSnapshot } from './snapshot/read-snapshots.ts'
import type { EngineEnv } from './vault/create-vault.ts'
import type { OpenedVault } from './vault/open-vault.ts'

/**
 * Says that a suspect snapshot is right after all: it counts like any other from now on, and retention goes on. Safe to
 * repeat; nothing is written for one that is not suspect. SNAPSHOT_UNKNOWN when there is none with this id.
 */
export async function acceptSnapshot(
  vault: OpenedVault,
  request: { snapshot: SnapshotId; installation: string },
  env: EngineEnv,
): Promise<void> {
  const { key, body } = await findSnapshot(vault, request.snapshot, env)
  if (!body.suspect) return
  await putMark(vault, { kind: 'accepted', installation: request.installation, snapshots: [key] }, env)
}
