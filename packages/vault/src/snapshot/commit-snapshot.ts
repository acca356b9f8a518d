import { HoldfastError, isHoldfastError, SnapshotId } from '@holdfast/domain'
import type { BackupEnv, BackupRequest } from '../backup.ts'
import { sha256Hex } from '../chunk/piece-id.ts'
import type { PackRow } from '../index/index-format.ts'
import type { LoadedIndex } from '../index/load-index.ts'
import { putIndexObjects } from '../index/put-index-objects.ts'
import { putMark } from '../marks/put-mark.ts'
import { type Marks, readMarks } from '../marks/read-marks.ts'
import { putVerified } from '../pack/put-verified.ts'
import type { RunCounts } from '../run-tally.ts'
import { claimWriter } from '../vault/claims.ts'
import type { OpenedVault } from '../vault/open-vault.ts'
import type { Base } from './base-snapshot.ts'
import { leafCacheKey } from './leaf.ts'
import type { SnapshotHistory } from './read-snapshots.ts'
import { bodyOf, leafTable } from './snapshot-body.ts'
import {
  parseSnapshotKey,
  readSnapshot,
  type Snapshot,
  type SnapshotBody,
  snapshotKey,
  writeSnapshot,
} from './snapshot-format.ts'
import type { StoredLeaf } from './stored-manifest.ts'

/** What a run knows when it begins. */
export type Begun = {
  readonly request: BackupRequest
  /** The claim to write as this machine, see `claimWriter`. */
  readonly claimed: Promise<{ readonly epoch: number }>
  /** The writer's own snapshots. */
  readonly history: SnapshotHistory
  readonly base: Base
  readonly startedMs: number
  readonly scanStartedNs: bigint
  readonly env: BackupEnv
  /** Packs of this run so far, each confirmed at its size. */
  readonly packs: () => Promise<readonly PackRow[]>
  /** Knows where pieces lie; undefined when nothing was new. */
  readonly index: () => Promise<LoadedIndex | undefined>
  /** Numbers of the index's packs that this run builds on. */
  readonly reused: ReadonlySet<number>
}

/** What it has to say when it commits. */
export type Commit = {
  readonly kind: 'run' | 'checkpoint'
  readonly leaves: readonly StoredLeaf[]
  readonly counts: RunCounts
  readonly suspect: boolean
}

export type Committer = {
  /** The sequence number that the next commit will take, when nobody else does. */
  nextSeq(): number
  /**
   * The end of the commit protocol: index objects (or rows in the snapshot), marks read again, then the snapshot, read
   * back and compared. When this resolves the snapshot is there for every reader; when it rejects, no reader sees it,
   * or all see it whole. VAULT_CHANGED when a prune takes something away that the run builds on; the snapshot is then
   * withdrawn.
   */
  commit(commit: Commit): Promise<{ id: SnapshotId; bytesStored: number }>
}

/** Index rows of a run up to this many bytes ride in the snapshot itself. */
const INLINE_INDEX_BYTES = 64 * 1024
const ATTEMPTS = 3
const MAX_COLLISIONS = 8

export function createCommitter(vault: OpenedVault, begun: Begun): Committer {
  const { env, request } = begun
  let seq = highestSeq(begun) + 1
  let previous = lastOf(begun.history)?.sha256 ?? null
  const committedPacks = new Set<string>()

  const withdraw = (key: string) =>
    putMark(vault, { kind: 'withdrawn', installation: request.installation, snapshots: [key] }, env)

  return {
    nextSeq: () => seq,
    async commit(commit) {
      const { epoch } = await begun.claimed
      const loaded = await begun.index()
      const packs = await begun.packs()
      const builtOn = [...begun.reused].map((number) => loaded?.index.packs[number]?.pack ?? '')
      const adopted = (loaded?.adopted ?? []).filter((row) => builtOn.includes(row.pack))
      const rows = [...packs, ...adopted].filter((row) => !committedPacks.has(row.pack))
      const inline = JSON.stringify(rows).length <= INLINE_INDEX_BYTES
      let bytesStored = inline ? 0 : (await putIndexObjects(vault, rows, env)).bytesStored
      const needs = [...begun.base.keys, ...builtOn, ...packs.map((row) => row.pack)]
      const [before] = await Promise.all([
        readMarks(vault, env),
        claimWriter(vault, { ...request, takeOver: false }, env),
      ])
      refuseWhenTaken(before, needs)
      for (let attempt = 1; ; attempt += 1) {
        const table = leafTable(commit.leaves, begun.base.manifest, loaded?.index)
        const body = bodyOf(vault, begun, {
          ...commit,
          ...table,
          epoch,
          seq,
          previous,
          rows: inline ? rows : [],
        })
        const tag = Buffer.from(env.random.bytes(2)).toString('hex')
        const key = snapshotKey(request.writer, seq, new Date(begun.startedMs), tag)
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
        const [taken, marks, baseIsThere] = await Promise.all([
          isTaken(vault, { key, seq, body }, env),
          readMarks(vault, env),
          areThere(vault, begun.base.keys, env),
        ])
        try {
          if (!baseIsThere) throw groundGone()
          refuseWhenTaken(marks, needs)
        } catch (error) {
          await withdraw(key)
          throw error
        }
        const id = SnapshotId.parse(`${request.writer}-${seq}`)
        seq += 1
        if (taken && attempt < MAX_COLLISIONS) {
          // Under this id readers shall find the other run's snapshot, and never this double in its place.
          await withdraw(key)
          continue
        }
        previous = sha256Hex(bytes)
        for (const row of rows) committedPacks.add(row.pack)
        env.cache.put(`${vault.id}/${key}`, bytes)
        if (commit.kind === 'run') retainLeaves(vault, begun, body)
        return { id, bytesStored }
      }
    },
  }
}

/** One more than every number ever used: objects that don't verify, deleted ones and what this home remembers count. */
function highestSeq({ request, history }: Begun): number {
  const present = [...history.snapshots, ...history.hidden].map(({ body }) => body.seq)
  const broken = history.broken.map(({ key }) => parseSnapshotKey(key)?.seq ?? 0)
  const highest = Math.max(request.lastSeenSeq, history.marks.highest(request.writer), 0, ...present)
  // Anybody who may write to the remote can make up a name: one far ahead must not use up all numbers.
  return Math.max(highest, ...broken.filter((seq) => seq <= highest + MAX_LEAP))
}

const MAX_LEAP = 1_000_000

function lastOf({ snapshots, hidden }: SnapshotHistory): Snapshot | undefined {
  return [...snapshots, ...hidden].sort((a, b) => a.body.seq - b.body.seq).at(-1)
}

/** Rejects when a prune will take away something that the run builds on. */
function refuseWhenTaken(marks: Marks, needs: readonly string[]): void {
  if (needs.some((key) => marks.absent.has(key) || marks.hidden.has(key))) throw groundGone()
}

function groundGone(): HoldfastError {
  return new HoldfastError('VAULT_CHANGED', 'A prune marked for deletion what this run builds on.')
}

async function areThere(vault: OpenedVault, keys: readonly string[], env: BackupEnv): Promise<boolean> {
  const found = await Promise.all(keys.map((key) => vault.store.stat(key, { signal: env.signal })))
  return !found.includes(undefined)
}

/**
 * True when another run of the same writer has committed under this number too: two runs at once must not hide one
 * another, so the later one to look commits again under the next number, and withdraws its first object.
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
function retainLeaves(vault: OpenedVault, { env, history }: Begun, body: SnapshotBody): void {
  const newest = new Map(history.snapshots.map((snapshot) => [snapshot.body.plan, snapshot.body]))
  newest.set(body.plan, body)
  const leaves = [...newest.values()].flatMap((snapshot) => snapshot.leaves)
  env.cache.retain(`${vault.id}/leaves`, new Set(leaves.map((leaf) => leafCacheKey(vault, leaf[2]))))
}
