import { HoldfastError } from '@holdfast/domain'
import { compressFrame, decompressFrame, frameContentSize, MAX_FRAME_RAW } from '../pack/frame.ts'
import { parseBoundedJson, valuesIn } from '../pack/parse-bounded-json.ts'
import { TAR_END, tarHeader, tarPadding } from '../pack/tar-member.ts'
import { type PieceTable, rowsOfTable, scanPieces } from './piece-table.ts'

/** A frame of a pack: where it lies, its length, and its length when opened. */
export type FrameRow = readonly [offset: number, length: number, rawLength: number]
/** A piece of a pack: id in hex, frame number, offset of its content in the opened frame, length. */
export type PieceRow = readonly [id: string, frame: number, inner: number, length: number]

/** All there is to know of one pack: one line of an index object, and the table at the end of the pack itself. */
export type PackRow = {
  /** The pack's key below v1/, `packs/<2hex>/<32hex>-<4hex>.tar.zst`. */
  readonly pack: string
  readonly size: number
  readonly kind: 'data' | 'meta'
  readonly frames: readonly FrameRow[]
  readonly pieces: readonly PieceRow[]
}

/** Where an index object's rows lie in its one frame, for a script: after one tar header. */
const INDEX_MEMBER = 'index.jsonl'
/** What `putIndexObjects` writes stays well below. */
const MAX_INDEX_RAW = 16 * 1024 * 1024
const MAX_INDEX_VALUES = 1_000_000

/** An index object: a `.tar.zst` with one member of JSON lines, a line a pack. */
export function writeIndexObject(rows: readonly PackRow[]): Uint8Array {
  const text = Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  const raw = Buffer.concat([
    tarHeader(INDEX_MEMBER, text.length, 0, 0o644),
    text,
    Buffer.alloc(tarPadding(text.length)),
    TAR_END,
  ])
  return compressFrame(raw, 3)
}

/** The rows of an index object. VAULT_DAMAGED for anything else; never more memory than MAX_INDEX_RAW allows. */
export function readIndexObject(bytes: Uint8Array): PackRow[] {
  const size = frameContentSize(bytes)
  if (size === undefined || size > MAX_INDEX_RAW || size < 2048) throw damaged('its frame')
  const raw = decompressFrame(bytes, size, MAX_INDEX_RAW)
  const length = Number.parseInt(raw.toString('latin1', 124, 135), 8)
  if (!(length >= 0 && 512 + length <= raw.length)) throw damaged('its header')
  if (length === 0) return []
  const lines = raw.subarray(512, 512 + length)
  if (lines.at(-1) !== NEWLINE) throw damaged('a line')
  const rows: PackRow[] = []
  // Counted together, over all lines.
  const counted = { left: MAX_INDEX_VALUES }
  for (let start = 0; start < lines.length; ) {
    const end = lines.indexOf(NEWLINE, start)
    rows.push(readRow(lines.subarray(start, end), counted))
    start = end + 1
  }
  return rows
}

/** The pieces of a row that was read, column by column; undefined for a row that has them as objects only. */
export function pieceTableOf(row: PackRow): PieceTable | undefined {
  return TABLES.get(row)
}

const TABLES = new WeakMap<PackRow, PieceTable>()

/** A line as `writeIndexObject` writes it has its pieces last, and is scanned; any other is read as JSON. */
function readRow(line: Buffer, counted: { left: number }): PackRow {
  const head = line.indexOf(PIECES)
  const from = head + PIECES.length
  const table =
    head !== -1 && line.subarray(-2).equals(ROW_END) ? scanPieces(line, from, line.length - 2) : undefined
  const text = table === undefined ? line.toString('utf8') : `${line.toString('utf8', 0, from)}${ROW_END}`
  let value: unknown
  try {
    value = parseBoundedJson(text, counted.left)
  } catch (cause) {
    throw damaged('a line', cause)
  }
  // A scanned piece counts as much as one that is read as JSON: it becomes objects when somebody asks.
  counted.left -= valuesIn(text) + VALUES_OF_PIECE * (table?.count ?? 0)
  if (counted.left < 0) throw damaged('it holds too much')
  const row = checkPackRow(value)
  return table === undefined ? row : withPieces(row, table)
}

/** The pieces become objects when somebody asks for them: whoever looks a piece up does not. */
function withPieces({ pack, size, kind, frames }: PackRow, table: PieceTable): PackRow {
  for (let i = 0; i < table.count; i += 1) {
    const raw = frames[table.frames[i] as number]?.[2] ?? -1
    if ((table.inners[i] as number) + (table.lengths[i] as number) > raw) throw damaged('a piece')
  }
  let pieces: PieceRow[] | undefined
  const row: PackRow = {
    ...{ pack, size, kind, frames },
    get pieces() {
      pieces ??= rowsOfTable(table)
      return pieces
    },
  }
  TABLES.set(row, table)
  return row
}

/** Checks the shape by hand: zod costs seconds over a million pieces. */
export function checkPackRow(value: unknown): PackRow {
  if (typeof value !== 'object' || value === null) throw damaged('a row')
  const row = value as PackRow
  if (typeof row.pack !== 'string' || !PACK_KEY.test(row.pack)) throw damaged('a pack name')
  if (!isCount(row.size) || (row.kind !== 'data' && row.kind !== 'meta')) throw damaged('a pack')
  if (!Array.isArray(row.frames) || !Array.isArray(row.pieces)) throw damaged('a pack')
  for (const frame of row.frames)
    if (!Array.isArray(frame) || frame.length !== 3 || !frame.every(isCount)) throw damaged('a frame')
  if (row.frames.some(([offset, length]) => offset + length > row.size)) throw damaged('a frame')
  if (row.frames.some(([, length, raw]) => raw > MAX_FRAME_RAW || length > MAX_FRAME_STORED))
    throw damaged('a frame')
  for (const piece of row.pieces) {
    if (!Array.isArray(piece) || piece.length !== 4 || typeof piece[0] !== 'string') throw damaged('a piece')
    const [id, frame, inner, length] = piece
    const of = isCount(frame) ? row.frames[frame] : undefined
    if (!PIECE_ID.test(id) || of === undefined || !isCount(inner) || !isCount(length))
      throw damaged('a piece')
    if (inner + length > of[2]) throw damaged('a piece')
  }
  const { pack, size, kind, frames, pieces } = row
  return { pack, size, kind, frames, pieces }
}

/** No compressor of ours makes a frame longer than its content by more. */
const MAX_FRAME_STORED = MAX_FRAME_RAW + 64 * 1024
const NEWLINE = 0x0a
/** A row and the four values in it. */
const VALUES_OF_PIECE = 5
const PIECES = Buffer.from(',"pieces":[')
const ROW_END = Buffer.from(']}')
const PACK_KEY = /^packs\/[0-9a-f]{2}\/[0-9a-f]{32}-[0-9a-f]{4}\.tar\.zst$/
const PIECE_ID = /^[0-9a-f]{64}$/

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function damaged(what: string, cause?: unknown): HoldfastError {
  return new HoldfastError('VAULT_DAMAGED', `An index object is damaged: ${what}.`, { cause })
}
