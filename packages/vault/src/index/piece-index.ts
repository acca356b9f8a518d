import { type PackRow, pieceTableOf } from './index-format.ts'
import type { PieceTable } from './piece-table.ts'

/** Where a piece lies: pack number, frame number in it, offset in the opened frame, length. */
export type PieceSpot = { pack: number; frame: number; inner: number; length: number }

/**
 * Which piece lies where, for all packs: a flat open-addressing table keyed by the first 128 bits of the id (32 bytes
 * a row), because a million rows as JavaScript objects would cost ten times that.
 */
export type PieceIndex = {
  readonly size: number
  /** Row number, or -1. `ids` holds 32-byte ids; `at` is where the wanted one starts. */
  find(ids: Uint8Array, at: number): number
  /** Marks an id as about to be stored; its spot comes with `place`. Returns its row. */
  claim(ids: Uint8Array, at: number): number
  place(row: number, spot: PieceSpot): void
  /** The spot of a row, undefined while it is only claimed. */
  spot(row: number): PieceSpot | undefined
  findHex(id: string): PieceSpot | undefined
  readonly packs: readonly PackRow[]
  /** Adds a pack with all its pieces; a piece known already keeps its first spot. Returns the pack's number. */
  addPack(pack: PackRow): number
  /** Adds a pack whose pieces are placed by the caller. */
  addPackOnly(pack: PackRow): number
}

const WORDS = 8
const CLAIMED = 0xffff_ffff

export function createPieceIndex(expected = 4096): PieceIndex {
  let capacity = 1 << Math.ceil(Math.log2(Math.max(1024, expected * 2)))
  let table = new Uint32Array(capacity * WORDS)
  let used = new Uint8Array(capacity)
  let size = 0
  const packs: PackRow[] = []
  const key = new Uint32Array(4)

  function readKey(ids: Uint8Array, at: number): void {
    for (let i = 0; i < 4; i += 1) {
      const j = at + i * 4
      key[i] =
        (ids[j] as number) |
        ((ids[j + 1] as number) << 8) |
        ((ids[j + 2] as number) << 16) |
        ((ids[j + 3] as number) << 24)
    }
  }

  /** The row of the key: its own, or the free one where it would go. */
  function probe(): number {
    let row = (key[0] as number) & (capacity - 1)
    while (used[row] === 1) {
      const at = row * WORDS
      if (
        table[at] === key[0] &&
        table[at + 1] === key[1] &&
        table[at + 2] === key[2] &&
        table[at + 3] === key[3]
      )
        return row
      row = (row + 1) & (capacity - 1)
    }
    return row
  }

  // Rows move when the table grows, so callers hold a stable handle: the order in which rows were claimed.
  let handles = new Uint32Array(capacity)

  function insert(): number {
    if ((size + 1) * 5 > capacity * 3) {
      // Growing moves every row by way of `key`.
      const wanted = key.slice()
      grow()
      key.set(wanted)
    }
    const row = probe()
    if (used[row] === 1) return table[row * WORDS + 7] as number
    used[row] = 1
    table.set(key, row * WORDS)
    table[row * WORDS + 4] = CLAIMED
    table[row * WORDS + 7] = size
    handles[size] = row
    size += 1
    return size - 1
  }

  function grow(): void {
    const old = table
    const oldHandles = handles.subarray(0, size)
    capacity *= 2
    table = new Uint32Array(capacity * WORDS)
    used = new Uint8Array(capacity)
    handles = new Uint32Array(capacity)
    for (let handle = 0; handle < oldHandles.length; handle += 1) {
      const at = (oldHandles[handle] as number) * WORDS
      key.set(old.subarray(at, at + 4))
      const row = probe()
      used[row] = 1
      table.set(old.subarray(at, at + WORDS), row * WORDS)
      handles[handle] = row
    }
  }

  // Row: key (4 words), pack (24 bits used), frame, inner offset, handle; the length lies in `lengths`.
  let lengths = new Uint32Array(capacity)
  function setLength(handle: number, length: number): void {
    if (handle >= lengths.length) {
      const bigger = new Uint32Array(Math.max(lengths.length * 2, handle + 1))
      bigger.set(lengths)
      lengths = bigger
    }
    lengths[handle] = length
  }

  function addTable(pack: number, { count, ids, frames, inners, lengths: of }: PieceTable): void {
    for (let i = 0; i < count; i += 1) {
      const handle = index.claim(ids, i * 32)
      const at = (handles[handle] as number) * WORDS
      if (table[at + 4] !== CLAIMED) continue
      table[at + 4] = pack
      table[at + 5] = frames[i] as number
      table[at + 6] = inners[i] as number
      setLength(handle, of[i] as number)
    }
  }

  const index: PieceIndex = {
    get size() {
      return size
    },
    packs,
    find(ids, at) {
      readKey(ids, at)
      const row = probe()
      return used[row] === 1 ? (table[row * WORDS + 7] as number) : -1
    },
    claim(ids, at) {
      readKey(ids, at)
      return insert()
    },
    place(handle, spot) {
      const at = (handles[handle] as number) * WORDS
      table[at + 4] = spot.pack
      table[at + 5] = spot.frame
      table[at + 6] = spot.inner
      setLength(handle, spot.length)
    },
    spot(handle) {
      const at = (handles[handle] as number) * WORDS
      if (table[at + 4] === CLAIMED) return undefined
      return {
        pack: table[at + 4] as number,
        frame: table[at + 5] as number,
        inner: table[at + 6] as number,
        length: lengths[handle] as number,
      }
    },
    findHex(id) {
      const handle = index.find(Buffer.from(id, 'hex'), 0)
      return handle === -1 ? undefined : index.spot(handle)
    },
    addPack(pack) {
      const number = index.addPackOnly(pack)
      const columns = pieceTableOf(pack)
      if (columns !== undefined) {
        addTable(number, columns)
        return number
      }
      const id = Buffer.alloc(32)
      for (const [hex, frame, inner, length] of pack.pieces) {
        id.write(hex, 'hex')
        const handle = index.claim(id, 0)
        if (index.spot(handle) === undefined) index.place(handle, { pack: number, frame, inner, length })
      }
      return number
    },
    addPackOnly(pack) {
      packs.push(pack)
      return packs.length - 1
    },
  }
  return index
}
