import { HoldfastError, isHoldfastError, type SnapshotId, type WriterId } from '@holdfast/domain'
import { sha256Hex } from '../chunk/piece-id.ts'
import { type Marks, readMarks } from '../marks/read-marks.ts'
import type { EngineEnv } from '../vault/create-vault.ts'
import type { OpenedVault } from '../vault/open-vault.ts'
import { newestFirst } from './newest-first.ts'
import { MAX_SEALED_BYTES } from './sealed-json.ts'
import { parseSnapshotKey, readSnapshot, type Snapshot, snapshotRows } from './snapshot-format.ts'

/** A snapshot object that is not one: damaged, misplaced, or cut short by a crash. */
export type BrokenSnapshot = { readonly key: string; readonly reason: string }

/** The snapshots of a vault, or of one writer, newest sequence last within a writer, and what marks say of them. */
export type SnapshotHistory = {
  readonly snapshots: readonly Snapshot[]
  /** Snapshots that are to be deleted or were taken back. */
  readonly hidden: readonly Snapshot[]
  /** Objects that do not verify, without those that a repair set aside. */
  readonly broken: readonly BrokenSnapshot[]
  readonly marks: Marks
}

/**
 * Reads every snapshot of a vault, or of one writer, eight at once, and all marks. Objects that do not verify are
 * listed apart, never believed. Two objects of one sequence number that say the same (a retried commit whose first
 * attempt landed after all) count once.
 */
export async function readSnapshots(
  vault: OpenedVault,
  env: EngineEnv,
  only: { writer?: WriterId } = {},
): Promise<SnapshotHistory> {
  const reading = readMarks(vault, env)
  // Its failure is met below, not as an unhandled rejection while snapshots are read.
  reading.catch(() => undefined)
  const keys: string[] = []
  const folder = only.writer === undefined ? 'snaps' : `snaps/${only.writer}`
  const broken: BrokenSnapshot[] = []
  for await (const { key, size } of vault.store.list(folder, { signal: env.signal })) {
    if (size <= MAX_SEALED_BYTES) keys.push(key)
    else broken.push({ key, reason: `The snapshot ${key} has ${size} bytes, too many for one.` })
  }
  keys.sort()
  const found: Snapshot[] = []
  let next = 0
  await Promise.all(
    Array.from({ length: Math.min(8, keys.length) }, async () => {
      while (next < keys.length) {
        const key = keys[next] as string
        next += 1
        try {
          found.push(await readOne(vault, key, env))
        } catch (error) {
          if (!isHoldfastError(error, 'VAULT_DAMAGED') && !isHoldfastError(error, 'OBJECT_MISSING'))
            throw error
          broken.push({ key, reason: error.message })
        }
      }
    }),
  )
  const marks = await reading
  if (only.writer === undefined) retainCopies(vault, { keys, marks }, env)
  found.sort((a, b) => (a.key < b.key ? -1 : 1))
  broken.sort((a, b) => (a.key < b.key ? -1 : 1))
  const isHidden = ({ key }: { key: string }) => marks.hidden.has(key)
  const trustAccepted = (snapshot: Snapshot): Snapshot =>
    marks.accepted.has(snapshot.key) ? { ...snapshot, body: { ...snapshot.body, suspect: false } } : snapshot
  const single = found.filter(
    (s, i) => !sameCommit(s, found[i - 1]) || isHidden(s) !== isHidden(found[i - 1] ?? s),
  )
  return {
    snapshots: single.filter((snapshot) => !isHidden(snapshot)).map(trustAccepted),
    hidden: single.filter(isHidden),
    broken: broken.filter(({ key }) => !marks.quarantined.has(key)),
    marks,
  }
}

/** Forgets copies of snapshots that were deleted on purpose; one that is missing otherwise may be wanted by a repair. */
function retainCopies(
  vault: OpenedVault,
  { keys, marks }: { keys: readonly string[]; marks: Marks },
  { cache }: EngineEnv,
): void {
  const folder = `${vault.id}/snaps`
  const present = new Set(keys.map((key) => parseSnapshotKey(key)?.id))
  const missing = (cache.keys?.(folder) ?? []).filter((copy) => {
    const named = parseSnapshotKey(copy.slice(vault.id.length + 1))
    return named !== undefined && !present.has(named.id) && !marks.explains(named.writer, named.seq)
  })
  cache.retain(folder, new Set([...keys.map((key) => `${vault.id}/${key}`), ...missing]))
}

function sameCommit(a: Snapshot, b: Snapshot | undefined): boolean {
  return a.id === b?.id && JSON.stringify(a.body) === JSON.stringify(b.body)
}

/**
 * The snapshot with this id, or the `latest` run. One that is to be deleted is found by its id alone. SNAPSHOT_UNKNOWN
 * when there is none. `doubt` hears of a newer one that can't be read: what is found is not the latest then.
 */
export async function findSnapshot(
  vault: OpenedVault,
  id: SnapshotId | 'latest',
  env: EngineEnv & { doubt?(reason: string): void },
): Promise<Snapshot> {
  const { snapshots, hidden, broken } = await readSnapshots(vault, env)
  const found =
    id === 'latest'
      ? newestFirst(
          snapshots.filter((s) => s.body.kind === 'run'),
          ({ body }) => ({ writer: body.writer, seq: body.seq, timeMs: Date.parse(body.started) }),
        )[0]
      : [...snapshots, ...hidden].find((s) => s.id === id)
  if (found === undefined)
    throw new HoldfastError(
      'SNAPSHOT_UNKNOWN',
      id === 'latest' ? 'The vault holds no snapshot yet.' : `The vault holds no snapshot ${id}.`,
    )
  const written = (key: string) => key.slice(key.lastIndexOf('/')).split('-')[1] ?? ''
  if (id === 'latest')
    for (const { key, reason } of broken) if (written(key) > written(found.key)) env.doubt?.(reason)
  return found
}

async function readOne(vault: OpenedVault, key: string, env: EngineEnv): Promise<Snapshot> {
  const named = parseSnapshotKey(key)
  if (named === undefined) throw new HoldfastError('VAULT_DAMAGED', `${key} is not the name of a snapshot.`)
  const cached = env.cache.get(`${vault.id}/${key}`)
  if (cached !== undefined) {
    try {
      return verified(vault, key, named, cached)
    } catch {
      // A damaged cache is no damaged vault: read the vault's own copy below.
    }
  }
  const bytes = await vault.store.get(key, { signal: env.signal })
  const snapshot = verified(vault, key, named, bytes)
  env.cache.put(`${vault.id}/${key}`, bytes)
  return snapshot
}

function verified(
  vault: OpenedVault,
  key: string,
  named: { writer: WriterId; seq: number; id: SnapshotId },
  bytes: Uint8Array,
): Snapshot {
  const body = readSnapshot(key, bytes, vault.keys.mac)
  if (body.vault !== vault.id || body.writer !== named.writer || body.seq !== named.seq)
    throw new HoldfastError('VAULT_DAMAGED', `The snapshot ${key} belongs elsewhere.`)
  return { key, id: named.id, body, rows: snapshotRows(body), sha256: sha256Hex(bytes) }
}
