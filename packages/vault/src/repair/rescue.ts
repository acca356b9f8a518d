import { isDamage } from '../check/findings.ts'
import { createPieceHasher } from '../chunk/piece-id.ts'
import type { PackRow } from '../index/index-format.ts'
import { createPieceIndex } from '../index/piece-index.ts'
import { decompressFrame, frameContentSize } from '../pack/frame.ts'
import { createGathering } from '../pack/gathering.ts'
import { createPackWriter } from '../pack/pack-writer.ts'
import { TAR_BLOCK, tarHeader, tarPadding } from '../pack/tar-member.ts'
import { tarSlices } from '../pack/tar-slices.ts'
import type { RepairEnv, RepairRequest } from '../repair.ts'
import type { BytePath } from '../scan/path-order.ts'
import { leafCacheKey } from '../snapshot/leaf.ts'
import type { OpenedVault } from '../vault/open-vault.ts'
import type { WholeIndex } from './read-index.ts'

export type Tally = { pieces: number; bytes: number }

/**
 * Takes pieces that are wanted from wherever they still are into new packs. Each is hashed before it is taken, and
 * then wanted no more. A dry run counts and stores nothing.
 */
export type Rescue = {
  /** Copies what still verifies out of packs that are damaged, set aside or to be deleted. */
  fromPacks(): Promise<void>
  /** Takes what is wanted out of an opened frame of which no table tells what is in it. */
  fromFrame(frame: { bytes: Uint8Array; raw: Buffer }): Promise<void>
  /** Takes leaves that the home's cache has. */
  fromCache(): Promise<void>
  /** Takes a piece of a live file, when it is wanted and has its id; answers whether it did. */
  fromFile(piece: {
    id: string
    bytes: Uint8Array
    name: BytePath
    mtimeNs: bigint
    mode: number
  }): Promise<boolean>
  /** Stores what is open; answers the rows of the new packs. */
  finish(): Promise<readonly PackRow[]>
  readonly salvaged: Readonly<Tally>
  readonly restored: Readonly<Tally>
}

type OpenedFrame = { readonly bytes: Uint8Array; readonly raw: Buffer; readonly isWhole: boolean }
type Taken = { readonly id: string; readonly inner: number; readonly length: number }

export function createRescue(
  vault: OpenedVault,
  by: { wanted: Set<string>; whole: WholeIndex; request: RepairRequest },
  env: RepairEnv,
): Rescue {
  const { wanted, whole, request } = by
  const hasher = createPieceHasher(vault.keys.pieceId)
  const fresh = createPieceIndex()
  const writer = createPackWriter(fresh, vault.store, {
    ...{ random: env.random, signal: env.signal, inFlight: 2 },
    onStored: () => {},
  })
  const gathered = { data: createGathering('data'), meta: createGathering('meta') }
  const salvaged: Tally = { pieces: 0, bytes: 0 }
  const restored: Tally = { pieces: 0, bytes: 0 }

  const isPiece = (raw: Uint8Array, { id, inner, length }: Taken) =>
    hasher.of(raw.subarray(inner, inner + length)).toString('hex') === id

  /** Gives a wanted piece a place among the new ones. */
  function take<P extends Taken>(piece: P, tally: Tally): P & { handle: number } {
    wanted.delete(piece.id)
    tally.pieces += 1
    tally.bytes += piece.length
    return { ...piece, handle: fresh.claim(Buffer.from(piece.id, 'hex'), 0) }
  }

  async function salvageFrame(row: PackRow, number: number, pieces: readonly Taken[]): Promise<void> {
    const [offset, length, rawLength] = row.frames[number] ?? [0, 0, 0]
    const range = { offset, length }
    // Asked twice: what fails to come once must not be given up.
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      const left = pieces.filter(({ id }) => wanted.has(id))
      if (left.length === 0) return
      try {
        const bytes = await vault.store.get(row.pack, { range, signal: env.signal })
        const raw = decompressFrame(bytes, rawLength)
        const sound = left.filter((piece) => isPiece(raw, piece))
        await copy(row.kind, { bytes, raw, isWhole: sound.length === pieces.length }, sound)
      } catch (error) {
        if (!isDamage(error)) throw error
      }
    }
  }

  /** A frame that is wanted whole goes as it is; of others the members are gathered. */
  async function copy(kind: PackRow['kind'], frame: OpenedFrame, sound: readonly Taken[]): Promise<void> {
    if (sound.length === 0) return
    const members = soundMembers(frame.raw)
    const taken = sound.map((piece) => take(piece, salvaged))
    if (request.dryRun) return
    if (frame.isWhole && taken.every(({ inner }) => members.has(inner))) {
      const { bytes, raw } = frame
      return await writer.add(
        kind,
        { bytes, rawLength: raw.length, inner: taken.map(({ inner }) => inner) },
        taken,
      )
    }
    for (const piece of taken) {
      const start = members.get(piece.inner)
      const end = piece.inner + piece.length + tarPadding(piece.length)
      if (start !== undefined && end <= frame.raw.length)
        await gathered[kind].add(writer, frame.raw.subarray(start, end), {
          ...piece,
          inner: piece.inner - start,
        })
      else {
        // Its headers are damaged, so its name is lost here; the manifest has it.
        const content = frame.raw.subarray(piece.inner, piece.inner + piece.length)
        const member = tarMember(`.holdfast/salvaged/${piece.id.slice(0, 32)}`, content, {
          mtimeSeconds: 0,
          mode: 0o600,
        })
        await gathered[kind].add(writer, member.bytes, { ...piece, inner: member.inner })
      }
    }
  }

  return {
    salvaged,
    restored,
    async fromPacks() {
      // Frames that hold something wanted, pack by pack.
      const frames = new Map<string, { row: PackRow; frame: number }>()
      for (const id of wanted) {
        const first = whole.index.findHex(id)
        for (const spot of first === undefined ? [] : [first, ...whole.others(id)]) {
          const row = whole.index.packs[spot.pack]
          if (row !== undefined) frames.set(`${spot.pack} ${spot.frame}`, { row, frame: spot.frame })
        }
      }
      let done = 0
      for (const { row, frame } of frames.values()) {
        env.emit({ type: 'progress', phase: 'salvaging', done, total: frames.size })
        done += 1
        env.signal.throwIfAborted()
        const pieces = row.pieces.filter((piece) => piece[1] === frame)
        await salvageFrame(
          row,
          frame,
          pieces.map(([id, , inner, length]) => ({ id, inner, length })),
        )
      }
    },
    async fromFrame({ bytes, raw }) {
      const pieces = [...soundMembers(raw)].map(([inner]) => {
        const length = Number.parseInt(
          raw.toString('latin1', inner - TAR_BLOCK + 124, inner - TAR_BLOCK + 135),
          8,
        )
        return { id: hasher.of(raw.subarray(inner, inner + length)).toString('hex'), inner, length }
      })
      const sound = pieces.filter(({ id }) => wanted.has(id))
      await copy('data', { bytes, raw, isWhole: sound.length === pieces.length }, sound)
    },
    async fromCache() {
      for (const id of [...wanted]) {
        const bytes = env.cache.get(leafCacheKey(vault, id))
        const rawLength = bytes === undefined ? undefined : frameContentSize(bytes)
        if (bytes === undefined || rawLength === undefined || rawLength < TAR_BLOCK) continue
        try {
          const raw = decompressFrame(bytes, rawLength)
          const length = Number.parseInt(raw.toString('latin1', 124, 135), 8)
          const piece = { id, inner: TAR_BLOCK, length }
          if (!isPiece(raw, piece)) continue
          const taken = take(piece, salvaged)
          if (!request.dryRun) await writer.add('meta', { bytes, rawLength, inner: [TAR_BLOCK] }, [taken])
        } catch (error) {
          if (!isDamage(error)) throw error // a damaged cache helps nobody
        }
      }
    },
    async fromFile({ id, bytes, name, mtimeNs, mode }) {
      if (!wanted.has(id) || hasher.of(bytes).toString('hex') !== id) return false
      const mtimeSeconds = Number(mtimeNs / 1_000_000_000n)
      const member = tarMember(name, bytes, { mtimeSeconds, mode: (mode & 0o777) | 0o600 })
      const piece = take({ id, inner: member.inner, length: bytes.length }, restored)
      if (request.dryRun) return true
      // A big piece gets a frame for itself, which its size may nearly fill.
      const isBig = bytes.length >= OWN_FRAME
      if (isBig) await gathered.data.close(writer)
      await gathered.data.add(writer, member.bytes, piece)
      if (isBig) await gathered.data.close(writer)
      return true
    },
    async finish() {
      for (const gathering of [gathered.data, gathered.meta]) await gathering.close(writer)
      await writer.finish()
      return writer.stored
    },
  }
}

const OWN_FRAME = 128 * 1024

/** Where the content of each member starts whose headers are sound, and where those start. */
function soundMembers(raw: Buffer): Map<number, number> {
  try {
    const slices = tarSlices(raw).filter(
      ({ start, inner }) => isHeader(raw, start) && isHeader(raw, inner - TAR_BLOCK),
    )
    return new Map(slices.map(({ start, inner }) => [inner, start]))
  } catch (error) {
    if (isDamage(error)) return new Map()
    throw error
  }
}

/** True when a tar header's sum agrees, which counts its own field as blanks. */
function isHeader(raw: Buffer, at: number): boolean {
  let sum = 8 * 0x20
  for (let i = 0; i < TAR_BLOCK; i += 1) if (i < 148 || i >= 156) sum += raw[at + i] ?? 0
  return Number.parseInt(raw.toString('latin1', at + 148, at + 154), 8) === sum
}

function tarMember(
  name: BytePath,
  content: Uint8Array,
  by: { mtimeSeconds: number; mode: number },
): { bytes: Buffer; inner: number } {
  const header = tarHeader(name, content.length, by.mtimeSeconds, by.mode)
  const bytes = Buffer.concat([header, content, Buffer.alloc(tarPadding(content.length))])
  return { bytes, inner: header.length }
}
