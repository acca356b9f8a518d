import { HoldfastError, isHoldfastError, SnapshotId } from '@holdfast/domain'
import type { BackupEnv, BackupRequest } from '../backup.ts'
import { sha256Hex } from '../chunk/piece-id.ts'
import { type PackRow, writeIndexObject } from '../index/index-format.ts'
import type { PieceIndex } from '../index/piece-index.ts'
import { putVerified } from '../pack/put-verified.ts'
import type { RunCounts } from '../run-tally.ts'
import { fromBytePath } from '../scan/path-order.ts'
import { pathToText } from '../scan/path-text.ts'
import type { OpenedVault } from '../vault/open-vault.ts'
import { leafCacheKey } from './leaf.ts'
import {
  type Leaf,
  readSnapshot,
  type Snapshot,
  type SnapshotBody,
  snapshotKey,
  writeSnapshot,
} from './snapshot-format.ts'
import type { StoredLeaf } from './stored-manifest.ts'

/** What a run has to say when it commits. */
export type Commit = {
  readonly request: BackupRequest
  readonly seq: number
  /** The writer's snapshots, oldest first; the new one names the last. */
  readonly history: readonly Snapshot[]
  /** The snapshot whose leaves may be reused. */
  readonly base: Snapshot | undefined
  readonly leaves: readonly StoredLeaf[]
  /** Packs of this run, each confirmed at its size. */
  readonly stored: readonly PackRow[]
  /** Knows where this run's pieces lie; undefined when nothing was new. */
  readonly index: PieceIndex | undefined
  readonly scanStartedNs: bigint
  readonly startedMs: number
  readonly counts: RunCounts
  readonly env: BackupEnv
}

/** Index rows of a run up to this many bytes ride in the snapshot itself. */
const INLINE_INDEX_BYTES = 64 * 1024
/** Pieces an index object names, at most by much. */
const PIECES_PER_INDEX_OBJECT = 40_000
const ATTEMPTS = 3
const MAX_COLLISIONS = 8

/**
 * The end of the commit protocol: index objects (or rows in the snapshot), then the snapshot, read back and compared.
 * When this resolves the snapshot is there for every reader; when it rejects, no reader sees it, or all see it whole.
 */
export async function commitSnapshot(
  vault: OpenedVault,
  commit: Commit,
): Promise<{ id: SnapshotId; bytesStored: number }> {
  const { env } = commit
  const inline = JSON.stringify(commit.stored).length <= INLINE_INDEX_BYTES
  let bytesStored = inline ? 0 : await putIndexObjects(vault, commit)
  let { seq } = commit
  for (let attempt = 1; ; attempt += 1) {
    const body = bodyOf(vault, { ...commit, seq }, inline)
    const tag = Buffer.from(env.random.bytes(2)).toString('hex')
    const key = snapshotKey(commit.request.writer, seq, new Date(commit.startedMs), tag)
    const bytes = writeSnapshot(key, body, vault.keys.mac)
    try {
      await putVerified(vault.store, key, bytes, env)
      const back = await vault.store.get(key, { signal: env.signal })
      if (!Buffer.from(bytes).equals(back))
        throw new HoldfastError('REMOTE_LIES', `The remote gave back another snapshot than ${key}.`)
    } catch (error) {
      if (attempt >= ATTEMPTS || !isHoldfastError(error) || !error.retryable) throw error
      env.signal?.throwIfAborted()
      continue
    }
    bytesStored += bytes.length
    if (attempt < MAX_COLLISIONS && (await isTaken(vault, { key, seq, body }, env))) {
      seq += 1
      continue
    }
    env.cache.put(`${vault.id}/${key}`, bytes)
    retainLeaves(vault, commit, body)
    return { id: SnapshotId.parse(`${commit.request.writer}-${seq}`), bytesStored }
  }
}

/**
 * True when another run of the same writer has committed under this number too: two runs at once must not hide one
 * another, so the later one to look commits again under the next number (its first object is then a mere double).
 */
async function isTaken(
  vault: OpenedVault,
  own: { key: string; seq: number; body: SnapshotBody },
  env: BackupEnv,
): Promise<boolean> {
  const prefix = `snaps/${own.body.writer}/${String(own.seq).padStart(10, '0')}-`
  for await (const { key } of vault.store.list(`snaps/${own.body.writer}`, { signal: env.signal })) {
    if (key === own.key || !key.startsWith(prefix)) continue
    try {
      const other = readSnapshot(key, await vault.store.get(key, { signal: env.signal }), vault.keys.mac)
      if (JSON.stringify(other) !== JSON.stringify(own.body)) return true
    } catch (error) {
      if (!isHoldfastError(error, 'VAULT_DAMAGED') && !isHoldfastError(error, 'OBJECT_MISSING')) throw error
    }
  }
  return false
}

/** Keeps in the cache what the next run of each plan will walk along. */
function retainLeaves(vault: OpenedVault, { env, history }: Commit, body: SnapshotBody): void {
  const newest = new Map(history.map((snapshot) => [snapshot.body.plan, snapshot.body]))
  newest.set(body.plan, body)
  const leaves = [...newest.values()].flatMap((snapshot) => snapshot.leaves)
  env.cache.retain(`${vault.id}/leaves`, new Set(leaves.map((leaf) => leafCacheKey(vault, leaf[2]))))
}

async function putIndexObjects(vault: OpenedVault, { stored, env }: Commit): Promise<number> {
  let bytesStored = 0
  for (const rows of groups(stored)) {
    const bytes = writeIndexObject(rows)
    for (let attempt = 1; ; attempt += 1) {
      const tag = Buffer.from(env.random.bytes(2)).toString('hex')
      const key = `index/${sha256Hex(bytes).slice(0, 32)}-${tag}.tar.zst`
      try {
        await putVerified(vault.store, key, bytes, env)
        env.cache.put(`${vault.id}/${key}`, bytes)
        break
      } catch (error) {
        if (attempt === ATTEMPTS || !isHoldfastError(error) || !error.retryable) throw error
        env.signal?.throwIfAborted()
      }
    }
    bytesStored += bytes.length
  }
  return bytesStored
}

function groups(rows: readonly PackRow[]): PackRow[][] {
  const out: PackRow[][] = []
  let pieces = Number.POSITIVE_INFINITY
  for (const row of rows) {
    if (pieces + row.pieces.length > PIECES_PER_INDEX_OBJECT) {
      out.push([])
      pieces = 0
    }
    out.at(-1)?.push(row)
    pieces += row.pieces.length
  }
  return out
}

function bodyOf(vault: OpenedVault, commit: Commit, inline: boolean): SnapshotBody {
  const { request, counts } = commit
  const { packs, leaves } = leafTable(commit)
  return {
    format: 'holdfast-snapshot',
    version: 1,
    vault: vault.id,
    writer: request.writer,
    installation: request.installation,
    epoch: 1,
    seq: commit.seq,
    previous: commit.history.at(-1)?.sha256 ?? null,
    auditHead: null,
    kind: 'run',
    outcome: counts.outcome,
    suspect: false,
    machine: request.machine,
    plan: request.plan,
    tag: request.tag,
    started: new Date(commit.startedMs).toISOString(),
    finished: new Date(commit.env.clock.nowMs()).toISOString(),
    scanStartedNs: String(commit.scanStartedNs),
    labels: request.sources.map(({ label, path }) => ({ label: pathToText(label), path: pathToText(path) })),
    files: counts.files,
    dirs: counts.dirs,
    bytes: counts.bytes,
    bytesRead: counts.bytesRead,
    bytesStored: counts.bytesStored,
    skipped: counts.filesSkipped,
    packs,
    leaves,
    index: inline ? [...commit.stored] : [],
  }
}

/** The leaf table with where each leaf lies now: reused ones keep the hint of the snapshot they come from. */
function leafTable({ leaves, base, index }: Commit): { packs: string[]; leaves: Leaf[] } {
  const packs: string[] = []
  const numbers = new Map<string, number>()
  const numberOf = (pack: string): number => {
    const number = numbers.get(pack) ?? packs.length
    if (number === packs.length) packs.push(pack)
    numbers.set(pack, number)
    return number
  }
  const table = leaves.map((leaf): Leaf => {
    if (leaf.kind === 'reused') {
      const old = base?.body.leaves[leaf.leaf]
      const pack = old === undefined ? undefined : base?.body.packs[old[4]]
      if (old === undefined || pack === undefined)
        throw new HoldfastError('INTERNAL', 'A reused leaf is not there.')
      return [old[0], old[1], old[2], old[3], numberOf(pack), old[5], old[6], old[7], old[8], old[9]]
    }
    const spot = index?.findHex(leaf.id)
    const row = spot === undefined ? undefined : index?.packs[spot.pack]
    const frame = spot === undefined ? undefined : row?.frames[spot.frame]
    if (spot === undefined || row === undefined || frame === undefined)
      throw new HoldfastError('INTERNAL', 'A leaf was not stored.')
    const [first, last] = [leaf.first, leaf.last].map((path) =>
      Buffer.from(fromBytePath(path)).toString('base64'),
    )
    const at = numberOf(row.pack)
    return [first as string, last as string, leaf.id, leaf.lines, at, ...frame, spot.inner, spot.length]
  })
  return { packs, leaves: table }
}
