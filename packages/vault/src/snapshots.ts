import type { SnapshotId, WriterId } from '@holdfast/domain'
import { readSnapshots } from './snapshot/read-snapshots.ts'
import type { EngineEnv } from './vault/create-vault.ts'
import type { OpenedVault } from './vault/open-vault.ts'

/** A snapshot as lists show it. */
export type SnapshotInfo = {
  readonly id: SnapshotId
  readonly writer: WriterId
  readonly seq: number
  readonly kind: 'run' | 'checkpoint'
  readonly time: Date
  readonly machine: string
  readonly plan: string | null
  readonly tag: string | null
  readonly outcome: 'complete' | 'incomplete'
  readonly files: number
  readonly bytes: number
  readonly bytesStored: number
  readonly labels: readonly string[]
}

/** Every snapshot that verifies, newest first by time and then by sequence. */
export async function listSnapshots(vault: OpenedVault, env: EngineEnv): Promise<SnapshotInfo[]> {
  const { snapshots } = await readSnapshots(vault, env)
  return snapshots
    .map(
      ({ id, body }): SnapshotInfo => ({
        id,
        writer: body.writer,
        seq: body.seq,
        kind: body.kind,
        time: new Date(body.started),
        machine: body.machine,
        plan: body.plan,
        tag: body.tag,
        outcome: body.outcome,
        files: body.files,
        bytes: body.bytes,
        bytesStored: body.bytesStored,
        labels: body.labels.map(({ label }) => label),
      }),
    )
    .sort((a, b) => b.time.getTime() - a.time.getTime() || b.seq - a.seq)
}
