import { isHoldfastError, SnapshotId } from '@holdfast/domain'
import { type Damage, type DamageKind, whatIsHit } from './check/affected.ts'
import { readPack } from './check/read-pack.ts'
import { eventStream } from './event-stream.ts'
import { loadIndex } from './index/load-index.ts'
import type { PieceIndex } from './index/piece-index.ts'
import type { Marks } from './marks/read-marks.ts'
import { openWorkshop } from './pack/workshop.ts'
import type { Cache } from './ports.ts'
import { createLeafReader, type LeafReader } from './snapshot/leaf.ts'
import { piecesOfLine } from './snapshot/manifest-line.ts'
import { readSnapshots } from './snapshot/read-snapshots.ts'
import { parseSnapshotKey, type Snapshot } from './snapshot/snapshot-format.ts'
import type { EngineEnv } from './vault/create-vault.ts'
import type { OpenedVault } from './vault/open-vault.ts'
import { VAULT_FILE } from './vault/vault-file.ts'

/** How much of the stored bytes is read besides the structure. */
export type ReadScope =
  | { readonly kind: 'none' }
  | { readonly kind: 'all' }
  | { readonly kind: 'share'; readonly percent: number }
  | { readonly kind: 'budget'; readonly bytes: number }

export type CheckSummary = {
  /** True when nothing that a snapshot needs is damaged. */
  readonly ok: boolean
  readonly objects: number
  readonly bytesRead: number
  readonly damaged: readonly Damage[]
  /** Objects that no snapshot needs: left by runs that were cut off. Harmless. */
  readonly garbage: readonly string[]
}

export type CheckEvent =
  | {
      readonly type: 'progress'
      readonly objectsDone: number
      readonly objectsTotal: number
      readonly bytesRead: number
    }
  | { readonly type: 'finished'; readonly summary: CheckSummary }

export type CheckEnv = EngineEnv & { readonly threads?: number }

/**
 * Checks a vault without trusting any cache. Always: both copies of vault.json, every snapshot and its chain, every
 * index object, every leaf, and that each piece a snapshot needs is in a pack that exists at its size. With a read
 * scope: the packs' bytes too, every frame opened and every piece hashed. Damage is an answer, not an error.
 */
export function check(
  vault: OpenedVault,
  request: { read: ReadScope },
  env: CheckEnv,
): AsyncGenerator<CheckEvent, void, undefined> {
  return eventStream<CheckEvent>(
    (emit, signal) => runCheck(vault, request.read, { ...env, signal, cache: NO_CACHE }, emit),
    { signal: env.signal, coalesce: (event) => event.type === 'progress' },
  )
}

async function runCheck(
  vault: OpenedVault,
  scope: ReadScope,
  env: CheckEnv & { signal: AbortSignal },
  emit: (event: CheckEvent) => void,
): Promise<CheckEvent> {
  const findings = createFindings()
  await checkVaultFile(vault, env, findings)
  const { snapshots, hidden, broken, marks } = await readSnapshots(vault, env)
  for (const { key, reason } of broken) findings.add(key, 'snapshot', reason)
  checkChains(
    [...snapshots, ...hidden].sort((a, b) => (a.key < b.key ? -1 : 1)),
    broken.map(({ key }) => key),
    marks,
    findings,
  )

  const { index, broken: brokenIndex } = await loadIndex(vault, { snapshots, hidden, broken, marks }, env)
  for (const { key, reason } of brokenIndex) findings.add(key, 'index', reason)
  const packs = await sizesOf(vault, 'packs', env)
  const reader = createLeafReader(vault, env)
  const needed = await checkReachable(snapshots, { index, packs, reader, findings, env })

  const toRead = chooseReads(needed, packs, scope, env)
  await using workshop = openWorkshop(vault.keys, { threads: env.threads ?? 2 })
  let bytesRead = 0
  let done = 0
  const objectsTotal = snapshots.length + packs.size
  for (const key of toRead) {
    env.signal.throwIfAborted()
    const row = index.packs.find((pack) => pack.pack === key)
    const result = await readPack({ key, row, store: vault.store, workshop, signal: env.signal })
    bytesRead += result.bytesRead
    if (result.problem !== undefined) findings.add(key, 'pack', result.problem)
    for (const id of result.badPieces) findings.pieces.add(id)
    done += 1
    emit({ type: 'progress', objectsDone: done, objectsTotal: toRead.length, bytesRead })
  }

  const damaged = await whatIsHit(findings, { snapshots, index, reader, signal: env.signal })
  const garbage = [...packs.keys()].filter((key) => !needed.has(key)).sort()
  const summary = { ok: damaged.length === 0, objects: objectsTotal, bytesRead, damaged, garbage }
  return { type: 'finished', summary }
}

/** Objects found damaged, and pieces that can't be had because of it. */
export type Findings = {
  add(object: string, kind: DamageKind, reason: string): void
  readonly objects: Map<string, { kind: DamageKind; reason: string }>
  readonly pieces: Set<string>
  /** Leaves that can't be read, by piece id. */
  readonly leaves: Set<string>
}

function createFindings(): Findings {
  const objects = new Map<string, { kind: DamageKind; reason: string }>()
  return {
    objects,
    pieces: new Set(),
    leaves: new Set(),
    add(object, kind, reason) {
      if (!objects.has(object)) objects.set(object, { kind, reason })
    },
  }
}

/** The copy under v1/ must be the file itself, byte for byte. */
async function checkVaultFile(vault: OpenedVault, env: EngineEnv, findings: Findings): Promise<void> {
  try {
    const [outer, inner] = await Promise.all([
      vault.outer.get(VAULT_FILE, { signal: env.signal }),
      vault.store.get(VAULT_FILE, { signal: env.signal }),
    ])
    if (!Buffer.from(outer).equals(inner)) findings.add(VAULT_FILE, 'vault-file', 'its two copies differ')
  } catch (error) {
    if (!isDamage(error)) throw error
    findings.add(VAULT_FILE, 'vault-file', error.message)
  }
}

/** Each writer's sequence must have no gap, and each snapshot must name one before it in its own chain. */
function checkChains(
  snapshots: readonly Snapshot[],
  brokenKeys: readonly string[],
  marks: Marks,
  findings: Findings,
): void {
  const broken = new Set(brokenKeys.map((key) => parseSnapshotKey(key)?.id))
  for (const [writer, chain] of Map.groupBy(snapshots, (snapshot) => snapshot.body.writer)) {
    const earlier = new Set<string>()
    for (const [i, snapshot] of chain.entries()) {
      const { seq, previous } = snapshot.body
      const before = chain[i - 1]
      for (let missing = (before?.body.seq ?? 0) + 1; missing < seq; missing += 1)
        if (!broken.has(SnapshotId.parse(`${writer}-${missing}`)) && !marks.explains(writer, missing))
          findings.add(`snaps/${writer}/${String(missing).padStart(10, '0')}`, 'snapshot', 'it is missing')
      if (before?.body.seq === seq - 1 && previous !== null && !earlier.has(previous))
        findings.add(snapshot.key, 'snapshot', 'the snapshot that it follows is not the one that is there')
      earlier.add(snapshot.sha256)
    }
  }
}

/** Walks every leaf of every snapshot once; answers the packs that are needed. */
async function checkReachable(
  snapshots: readonly Snapshot[],
  by: {
    index: PieceIndex
    packs: ReadonlyMap<string, number>
    reader: LeafReader
    findings: Findings
    env: CheckEnv & { signal: AbortSignal }
  },
): Promise<Set<string>> {
  const { index, packs, findings } = by
  const needed = new Set<string>()
  const sound = new Map<number, boolean>()
  const packIsSound = (number: number): boolean => {
    const known = sound.get(number)
    if (known !== undefined) return known
    const row = index.packs[number]
    const size = row === undefined ? undefined : packs.get(row.pack)
    if (row !== undefined) {
      needed.add(row.pack)
      if (size === undefined) findings.add(row.pack, 'pack', 'it is missing')
      else if (size !== row.size)
        findings.add(row.pack, 'pack', `it has ${size} bytes instead of ${row.size}`)
    }
    sound.set(number, size !== undefined && size === row?.size)
    return size !== undefined && size === row?.size
  }
  const checkPiece = (id: string): void => {
    const spot = index.findHex(id)
    if (spot === undefined || !packIsSound(spot.pack)) findings.pieces.add(id)
  }

  const seen = new Set<string>()
  for (const snapshot of snapshots) {
    for (const leaf of snapshot.body.leaves) {
      const id = leaf[2]
      if (seen.has(id)) continue
      seen.add(id)
      by.env.signal.throwIfAborted()
      checkPiece(id)
      try {
        const text = await by.reader.read(snapshot, leaf)
        for (const line of text.split('\n')) for (const piece of piecesOfLine(line)) checkPiece(piece)
      } catch (error) {
        if (!isDamage(error)) throw error
        findings.leaves.add(id)
      }
    }
  }
  return needed
}

/** The packs to read in full: all, or a random part that fits the share or the budget. */
function chooseReads(
  needed: ReadonlySet<string>,
  packs: ReadonlyMap<string, number>,
  scope: ReadScope,
  env: CheckEnv,
): string[] {
  const present = [...needed].filter((key) => packs.has(key)).sort()
  if (scope.kind === 'none') return []
  if (scope.kind === 'all') return present
  const total = present.reduce((sum, key) => sum + (packs.get(key) ?? 0), 0)
  let left = scope.kind === 'budget' ? scope.bytes : (total * scope.percent) / 100
  const shuffled = present
    .map((key) => ({ key, by: Buffer.from(env.random.bytes(6)).toString('hex') }))
    .sort((a, b) => (a.by < b.by ? -1 : 1))
  const chosen: string[] = []
  for (const { key } of shuffled) {
    if (left <= 0) break
    chosen.push(key)
    left -= packs.get(key) ?? 0
  }
  return chosen.sort()
}

async function sizesOf(vault: OpenedVault, folder: string, env: EngineEnv): Promise<Map<string, number>> {
  const sizes = new Map<string, number>()
  for await (const { key, size } of vault.store.list(folder, { signal: env.signal })) sizes.set(key, size)
  return sizes
}

function isDamage(error: unknown): error is Error {
  return (
    isHoldfastError(error, 'VAULT_DAMAGED') ||
    isHoldfastError(error, 'OBJECT_MISSING') ||
    isHoldfastError(error, 'REMOTE_LIES')
  )
}

/** A check believes only the vault itself. */
const NO_CACHE: Cache = { get: () => undefined, put: () => undefined, retain: () => undefined }
