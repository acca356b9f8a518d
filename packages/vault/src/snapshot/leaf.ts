import { HoldfastError } from '@holdfast/domain'
import { createPieceHasher } from '../chunk/piece-id.ts'
import { loadIndex } from '../index/load-index.ts'
import type { PieceIndex } from '../index/piece-index.ts'
import { decompressFrame, frameContentSize } from '../pack/frame.ts'
import { TAR_BLOCK } from '../pack/tar-member.ts'
import { type BytePath, comparePaths, toBytePath } from '../scan/path-order.ts'
import type { EngineEnv } from '../vault/create-vault.ts'
import type { OpenedVault } from '../vault/open-vault.ts'
import { readSnapshots } from './read-snapshots.ts'
import type { Leaf, Snapshot } from './snapshot-format.ts'

/** Reads leaves of manifests: by the cache, by the hint in the snapshot, and by the index where the hint fails. */
export type LeafReader = {
  /** The lines of a leaf as one byte string, each with its newline. */
  read(snapshot: Snapshot, leaf: Leaf): Promise<string>
  /** Verified bytes of any piece, by the index. */
  readPiece(id: string): Promise<Uint8Array>
  /** The whole index, loaded once. */
  index(): Promise<PieceIndex>
}

/** `index` stands in for loading it, where the caller has one. */
export function createLeafReader(
  vault: OpenedVault,
  env: EngineEnv,
  { index: given }: { readonly index?: PieceIndex } = {},
): LeafReader {
  const hasher = createPieceHasher(vault.keys.pieceId)
  let loading: Promise<PieceIndex> | undefined

  const reader: LeafReader = {
    async read(snapshot, leaf) {
      const [, , id] = leaf
      const cached = env.cache.get(leafCacheKey(vault, id))
      if (cached !== undefined) {
        const text = leafOfFrame(cached, id)
        if (text !== undefined) return text
      }
      const frame = await readFrameByHint(snapshot, leaf)
      const text = frame === undefined ? undefined : leafOfFrame(frame, id)
      if (frame !== undefined && text !== undefined) {
        env.cache.put(leafCacheKey(vault, id), frame)
        return text
      }
      return toBytePath(await reader.readPiece(id))
    },
    async readPiece(id) {
      const index = await reader.index()
      const spot = index.findHex(id)
      const pack = spot === undefined ? undefined : index.packs[spot.pack]
      const frame = spot === undefined ? undefined : pack?.frames[spot.frame]
      if (spot === undefined || pack === undefined || frame === undefined)
        throw new HoldfastError('VAULT_DAMAGED', `The vault does not hold the piece ${id.slice(0, 12)}….`)
      const [offset, length, rawLength] = frame
      const bytes = await vault.store.get(pack.pack, { range: { offset, length }, signal: env.signal })
      const piece = decompressFrame(bytes, rawLength).subarray(spot.inner, spot.inner + spot.length)
      if (hasher.of(piece).toString('hex') !== id)
        throw new HoldfastError(
          'VAULT_DAMAGED',
          `A piece in ${pack.pack} does not have the bytes its id promises.`,
        )
      return piece
    },
    index() {
      loading ??=
        given === undefined
          ? readSnapshots(vault, env).then(async (history) => (await loadIndex(vault, history, env)).index)
          : Promise.resolve(given)
      return loading
    },
  }

  async function readFrameByHint(snapshot: Snapshot, leaf: Leaf): Promise<Uint8Array | undefined> {
    const [, , , , pack, offset, length] = leaf
    const key = snapshot.body.packs[pack]
    if (key === undefined) return undefined
    try {
      return await vault.store.get(key, { range: { offset, length }, signal: env.signal })
    } catch (error) {
      env.signal?.throwIfAborted()
      if (error instanceof HoldfastError && error.code !== 'OBJECT_MISSING' && error.code !== 'REMOTE_LIES')
        throw error
      return undefined // compaction may have moved it: the index knows
    }
  }

  /** The leaf in a frame that holds it alone, undefined when it is not there unharmed. */
  function leafOfFrame(frame: Uint8Array, id: string): string | undefined {
    const size = frameContentSize(frame)
    if (size === undefined || size < TAR_BLOCK) return undefined
    try {
      const raw = decompressFrame(frame, size)
      const length = Number.parseInt(raw.toString('latin1', 124, 135), 8)
      const lines = raw.subarray(TAR_BLOCK, TAR_BLOCK + length)
      return hasher.of(lines).toString('hex') === id ? lines.toString('latin1') : undefined
    } catch (error) {
      if (error instanceof HoldfastError) return undefined // the caller asks the next place
      throw error
    }
  }

  return reader
}

/** Where a leaf's frame is kept in the cache. */
export function leafCacheKey(vault: OpenedVault, id: string): string {
  return `${vault.id}/leaves/${id}`
}

/** First or last path of a leaf, as it stands in the leaf table. */
export function leafPath(base64: string): BytePath {
  return Buffer.from(base64, 'base64').toString('latin1')
}

/** The number of the first leaf that may hold `path` or something after it. */
export function firstLeafFor(leaves: readonly Leaf[], path: BytePath): number {
  let low = 0
  let high = leaves.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (comparePaths(leafPath((leaves[middle] as Leaf)[1]), path) < 0) low = middle + 1
    else high = middle
  }
  return low
}
