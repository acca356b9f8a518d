import type { SnapshotId, WriterId } from '@holdfast/domain'
import type { Marks } from './marks/read-marks.ts'
import { newestFirst } from './snapshot/newest-first.ts'
import { readSnapshots } from './snapshot/read-snapshots.ts'
import type { Snapshot } from './snapshot/snapshot-format.ts'
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
  /** Where each label's files were, as text; see pathToText. */
  readonly sources: readonly { readonly label: string; readonly path: string }[]
  /** `doomed` ones are hidden and will be deleted; a `superseded` checkpoint has a later run. */
  readonly state: 'kept' | 'doomed' | 'superseded'
  /** When a doomed one may be deleted. */
  readonly deleteAfter: Date | null
}

/**
 * Every snapshot that verifies, newest first (see `newestFirst`). Only `all` brings those that are to be
 * deleted, and checkpoints of runs that were finished later.
 */
export async function listSnapshots(
  vault: OpenedVault,
  env: EngineEnv,
  { all = false }: { all?: boolean } = {},
): Promise<SnapshotInfo[]> {
  const { snapshots, hidden, marks } = await readSnapshots(vault, env)
  const lastRun = new Map<string, number>()
  for (const { body } of snapshots)
    if (body.kind === 'run') lastRun.set(`${body.writer} ${body.plan}`, body.seq)
  const stateOf = ({ body }: Snapshot): SnapshotInfo['state'] =>
    body.kind === 'checkpoint' && (lastRun.get(`${body.writer} ${body.plan}`) ?? 0) > body.seq
      ? 'superseded'
      : 'kept'
  const listed = [
    ...snapshots.map((snapshot) => infoOf(snapshot, stateOf(snapshot), null)),
    ...hidden.map((snapshot) => infoOf(snapshot, 'doomed', deleteAfter(snapshot, marks))),
  ]
  const shown = listed.filter(({ state }) => all || state === 'kept')
  return newestFirst(shown, ({ writer, seq, time }) => ({ writer, seq, timeMs: time.getTime() }))
}

function deleteAfter({ key }: Snapshot, { marks }: Marks): Date | null {
  const dooming = marks.filter(({ body }) => body.kind === 'doomed' && body.snapshots.includes(key))
  const times = dooming.map(({ body }) => Date.parse(body.time) + body.graceMs)
  return times.length === 0 ? null : new Date(Math.min(...times))
}

function infoOf({ id, body }: Snapshot, state: SnapshotInfo['state'], after: Date | null): SnapshotInfo {
  return {
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
    sources: body.labels,
    state,
    deleteAfter: after,
  }
}
