import { HoldfastError, isHoldfastError } from '@holdfast/domain'
import { createPieceHasher } from '../chunk/piece-id.ts'
import type { PackRow, PieceRow } from '../index/index-format.ts'
import { createPieceIndex } from '../index/piece-index.ts'
import { putIndexObjects } from '../index/put-index-objects.ts'
import { decompressFrame } from '../pack/frame.ts'
import { createGathering } from '../pack/gathering.ts'
import { createPackWriter } from '../pack/pack-writer.ts'
import { tarSlices } from '../pack/tar-slices.ts'
import type { PruneEnv } from '../prune.ts'
import type { OpenedVault } from '../vault/open-vault.ts'
import type { Judgement } from './judge.ts'

/**
 * Copies the live pieces of sparse packs into new packs and names those in new index objects: the old packs are then
 * dead. Frames that are wholly live are copied as they are; of others the live members are gathered. Every piece is
 * hashed on the way. Killed in between, it leaves packs that nothing needs; where the remote has no room for them it takes
 * them away again, and the old ones stay. `bytes` are those of the new packs.
 */
export async function copyForward(
  vault: OpenedVault,
  { state, live, sparse }: Pick<Judgement, 'state' | 'live' | 'sparse'>,
  env: PruneEnv,
): Promise<{ packs: number; bytes: number }> {
  if (sparse.length === 0) return { packs: 0, bytes: 0 }
  const fresh = createPieceIndex()
  const writer = createPackWriter(fresh, vault.store, {
    ...{ random: env.random, signal: env.signal, inFlight: 2 },
    onStored: () => {},
  })
  const gathered = { data: createGathering('data'), meta: createGathering('meta') }
  const rows = new Map(state.loaded.index.packs.map((row) => [row.pack, row]))
  const hasher = createPieceHasher(vault.keys.pieceId)

  try {
    await copyAll()
  } catch (error) {
    if (!isHoldfastError(error, 'REMOTE_FULL')) throw error
    await writer.settled()
    for (const { pack } of writer.stored) await vault.store.delete(pack, { signal: env.signal })
    const text = `The remote has no room to copy what is needed out of ${sparse.length} packs: they stay until it has.`
    env.emit({ type: 'log', level: 'warn', text })
    return { packs: 0, bytes: 0 }
  }
  return { packs: writer.stored.length, bytes: writer.bytesStored() }

  async function copyAll(): Promise<void> {
    for (const [done, key] of sparse.entries()) {
      env.emit({ type: 'progress', phase: 'copying', done, total: sparse.length })
      const row = rows.get(key)
      if (row === undefined) throw new HoldfastError('INTERNAL', `No row names the pack ${key}.`)
      const byFrame = Map.groupBy(row.pieces, ([, frame]) => frame)
      for (const [number, pieces] of byFrame) {
        const wanted = pieces.filter(([id]) => live.isLiveIn(key, id))
        if (wanted.length > 0) await copyFrame(row, number, { all: pieces, wanted })
      }
    }
    for (const gathering of [gathered.data, gathered.meta]) await gathering.close(writer)
    await writer.finish()
    await putIndexObjects(vault, writer.stored, env)
  }

  async function copyFrame(
    row: PackRow,
    number: number,
    pieces: { all: readonly PieceRow[]; wanted: readonly PieceRow[] },
  ): Promise<void> {
    const [offset, length, rawLength] = row.frames[number] ?? [0, 0, 0]
    const bytes = await vault.store.get(row.pack, { range: { offset, length }, signal: env.signal })
    const raw = decompressFrame(bytes, rawLength)
    for (const [id, , inner, size] of pieces.wanted)
      if (hasher.of(raw.subarray(inner, inner + size)).toString('hex') !== id)
        throw new HoldfastError(
          'VAULT_DAMAGED',
          `A piece in ${row.pack} has other bytes than its id promises.`,
        )
    const claimed = pieces.wanted.map(([id, , inner, size]) => ({
      ...{ id, inner, length: size },
      handle: fresh.claim(Buffer.from(id, 'hex'), 0),
    }))
    if (pieces.wanted.length === pieces.all.length) {
      await writer.add(row.kind, { bytes, rawLength, inner: claimed.map(({ inner }) => inner) }, claimed)
      return
    }
    const slices = new Map(tarSlices(raw).map((slice) => [slice.inner, slice]))
    for (const piece of claimed) {
      const slice = slices.get(piece.inner)
      if (slice === undefined)
        throw new HoldfastError('VAULT_DAMAGED', `A piece in ${row.pack} is no tar member.`)
      const member = raw.subarray(slice.start, slice.end)
      await gathered[row.kind].add(writer, member, { ...piece, inner: slice.inner - slice.start })
    }
  }
}
