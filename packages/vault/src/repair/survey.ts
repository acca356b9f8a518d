import { isDamage } from '../check/findings.ts'
import { readPack } from '../check/read-pack.ts'
import { piecesOf } from '../check/where-needed.ts'
import { createPieceHasher } from '../chunk/piece-id.ts'
import type { PieceSpot } from '../index/piece-index.ts'
import { decompressFrame } from '../pack/frame.ts'
import type { Workshop } from '../pack/workshop.ts'
import type { Cache } from '../ports.ts'
import type { RepairEnv } from '../repair.ts'
import { breathe } from '../scan/breathe.ts'
import { toBytePath } from '../scan/path-order.ts'
import { createLeafReader, type LeafReader } from '../snapshot/leaf.ts'
import type { SnapshotHistory } from '../snapshot/read-snapshots.ts'
import type { OpenedVault } from '../vault/open-vault.ts'
import type { WholeIndex } from './read-index.ts'

/** What a repair has to do something about. */
export type Survey = {
  readonly reader: LeafReader
  /** Packs that are damaged or missing, keys. */
  readonly bad: ReadonlySet<string>
  /** Pieces that snapshots need and that no sound pack which stays has. */
  readonly wanted: Set<string>
  /** Packs that are needed, sound, and named by nothing but themselves. */
  readonly unnamed: ReadonlySet<string>
  /** Leaves that can't be read from anywhere, by piece id. */
  readonly lostLeaves: ReadonlySet<string>
}

/**
 * Walks every manifest and reads every pack that is needed in full. A piece in a damaged pack is looked for in the
 * others that have it, which are then read too. Nothing is believed damaged that reads well a second time.
 */
export async function surveyVault(
  vault: OpenedVault,
  by: { history: SnapshotHistory; whole: WholeIndex; workshop: Workshop },
  env: RepairEnv,
): Promise<Survey> {
  const { history, whole } = by
  const { index } = whole
  const { absent, quarantined } = history.marks
  const reader = stubbornReader(vault, whole, env)
  const health = packHealth(vault, { ...by, quarantined }, env)
  const wanted = new Set<string>()
  const lostLeaves = new Set<string>()
  const needed = new Uint8Array(index.size)
  const neededPacks = new Set<number>()
  const need = (id: string): void => {
    const handle = index.find(Buffer.from(id, 'hex'), 0)
    const spot = handle === -1 ? undefined : index.spot(handle)
    if (spot === undefined) return void wanted.add(id)
    needed[handle] = 1
    neededPacks.add(spot.pack)
  }

  const seen = new Set<string>()
  for (const snapshot of [...history.snapshots, ...history.hidden]) {
    for (const leaf of snapshot.body.leaves) {
      if (seen.has(leaf[2])) continue
      seen.add(leaf[2])
      await breathe(env.signal)
      need(leaf[2])
      try {
        for (const line of (await reader.read(snapshot, leaf)).split('\n'))
          for (const id of await piecesOf(line, reader)) need(id)
      } catch (error) {
        if (!isDamage(error)) throw error
        lostLeaves.add(leaf[2])
      }
    }
  }

  const bad = new Set<string>()
  const unnamed = new Set<string>()
  const take = async (number: number): Promise<boolean> => {
    const pack = index.packs[number]?.pack ?? ''
    const isSound = await health(number)
    if (isSound && !whole.isNamed(pack)) unnamed.add(pack)
    if (!isSound && !quarantined.has(pack)) bad.add(pack)
    return isSound
  }
  let done = 0
  for (const number of neededPacks) {
    env.emit({ type: 'progress', phase: 'reading', done, total: neededPacks.size })
    done += 1
    if (await take(number)) continue
    for (const [id] of index.packs[number]?.pieces ?? []) {
      const handle = index.find(Buffer.from(id, 'hex'), 0)
      if (needed[handle] === 1 && index.spot(handle)?.pack === number) wanted.add(id)
    }
  }
  // What is to be deleted is no place to stay: such pieces are copied.
  const isStaying = ({ pack }: PieceSpot) => !absent.has(index.packs[pack]?.pack ?? '')
  for (const id of [...wanted])
    for (const spot of whole.others(id).filter(isStaying))
      if (await take(spot.pack)) {
        wanted.delete(id)
        break
      }
  return { reader, bad, wanted, unnamed, lostLeaves }
}

/** Tells of each pack once whether it is there and sound, twice read when it seems not. */
function packHealth(
  vault: OpenedVault,
  by: { whole: WholeIndex; workshop: Workshop; quarantined: ReadonlySet<string> },
  env: RepairEnv,
): (number: number) => Promise<boolean> {
  const known = new Map<number, boolean>()
  const read = async (number: number): Promise<boolean> => {
    const row = by.whole.index.packs[number]
    if (row === undefined || by.quarantined.has(row.pack)) return false
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      env.signal.throwIfAborted()
      const parts = { key: row.pack, row, store: vault.store, workshop: by.workshop, signal: env.signal }
      const { problem, badPieces } = await readPack(parts)
      if (problem === undefined && badPieces.length === 0) return true
    }
    return false
  }
  return async (number) => {
    const answer = known.get(number) ?? (await read(number))
    known.set(number, answer)
    return answer
  }
}

/** Reads leaves as others do, by the home's own copies too, and where that fails from every pack that has them. */
function stubbornReader(vault: OpenedVault, whole: WholeIndex, env: RepairEnv): LeafReader {
  const { index } = whole
  const hasher = createPieceHasher(vault.keys.pieceId)
  const cache: Cache = { get: (key) => env.cache.get(key), put: () => undefined, retain: () => undefined }
  const reader = createLeafReader(vault, { ...env, cache }, { index })

  async function fromOthers(id: string, error: unknown): Promise<Uint8Array> {
    if (!isDamage(error)) throw error
    for (const spot of whole.others(id)) {
      const row = index.packs[spot.pack]
      const [offset, length, rawLength] = row?.frames[spot.frame] ?? [0, 0, 0]
      try {
        const frame = await vault.store.get(row?.pack ?? '', {
          range: { offset, length },
          signal: env.signal,
        })
        const piece = decompressFrame(frame, rawLength).subarray(spot.inner, spot.inner + spot.length)
        if (hasher.of(piece).toString('hex') === id) return piece
      } catch (other) {
        if (!isDamage(other)) throw other
      }
    }
    throw error
  }

  return {
    index: async () => index,
    readPiece: (id) => reader.readPiece(id).catch((error: unknown) => fromOthers(id, error)),
    read: (snapshot, leaf) =>
      reader
        .read(snapshot, leaf)
        .catch(async (error: unknown) => toBytePath(await fromOthers(leaf[2], error))),
  }
}
