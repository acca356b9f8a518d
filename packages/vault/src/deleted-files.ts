import type { SnapshotId, WriterId } from '@holdfast/domain'
import { differences } from './diff-snapshots.ts'
import { byTime } from './find-entries.ts'
import { fromBytePath, toBytePath } from './scan/path-order.ts'
import { pathToText } from './scan/path-text.ts'
import { createLeafReader } from './snapshot/leaf.ts'
import { readSnapshots } from './snapshot/read-snapshots.ts'
import type { Snapshot } from './snapshot/snapshot-format.ts'
import type { EngineEnv } from './vault/create-vault.ts'
import type { OpenedVault } from './vault/open-vault.ts'

/** A file that one run found deleted, and the last snapshot that holds it. */
export type DeletedFile = {
  readonly path: Uint8Array
  readonly size: number
  readonly snapshot: SnapshotId
  readonly snapshotTime: Date
  /** When the first run without it began. */
  readonly noticed: Date
}

/** Steps from one snapshot to the one before that are looked at. */
const STEPS = 200
/** Differences that are looked at: when whole trees went, a list of files helps nobody. */
const LOOKED_AT = 20_000

/**
 * Files that were there in one run of a writer and plan and gone in the next, and did not come back: newest first, at
 * most `limit`, of the `withinMs` before the newest run. Reads only parts of the lists that differ. A run without a
 * file's label says nothing about it. Rejects with VAULT_DAMAGED, CANCELLED, REMOTE_*.
 */
export async function deletedFiles(
  vault: OpenedVault,
  query: { writer: WriterId; plan: string | null; withinMs: number; limit: number },
  env: EngineEnv,
): Promise<DeletedFile[]> {
  const { snapshots } = await readSnapshots(vault, env)
  const newestFirst = snapshots
    .filter(({ body }) => body.kind === 'run' && body.writer === query.writer && body.plan === query.plan)
    .sort(byTime)
    .reverse()
  const since = timeOf(newestFirst[0])?.getTime() ?? 0
  const reader = createLeafReader(vault, env)
  const known = new Set<string>()
  const deleted: DeletedFile[] = []
  let looked = 0
  for (let i = 0; i + 1 < newestFirst.length && i < STEPS; i += 1) {
    const [to, from] = [newestFirst[i], newestFirst[i + 1]]
    const [noticed, snapshotTime] = [timeOf(to), timeOf(from)]
    if (to === undefined || from === undefined || noticed === undefined || snapshotTime === undefined) break
    if (since - noticed.getTime() > query.withinMs) break
    const labels = new Set(to.body.labels.map(({ label }) => label))
    for await (const event of differences(reader, { from, to, folder: '' }, env)) {
      if (event.type === 'finished') break
      looked += 1
      if (looked > LOOKED_AT) return deleted
      const { path, kind, change, sizeBefore } = event.entry
      const key = toBytePath(path)
      if ((change !== 'added' && change !== 'removed') || known.has(key)) continue
      // Of each path the newest step has the last word: what was added later is back.
      known.add(key)
      const label = pathToText(fromBytePath(key.split('/', 1)[0] ?? ''))
      if (change === 'added' || kind !== 'file' || !labels.has(label)) continue
      deleted.push({ path, size: sizeBefore ?? 0, snapshot: from.id, snapshotTime, noticed })
      if (deleted.length === query.limit) return deleted
    }
  }
  return deleted
}

function timeOf(snapshot: Snapshot | undefined): Date | undefined {
  return snapshot === undefined ? undefined : new Date(snapshot.body.started)
}
