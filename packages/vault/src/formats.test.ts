import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Cut, cutWindow, gearTable, MAX_PIECE, WINDOW } from './chunk/chunker.ts'
import { createPieceHasher, SPAN_GAP } from './chunk/piece-id.ts'
import { type PackRow, readIndexObject, writeIndexObject } from './index/index-format.ts'
import { createPieceIndex } from './index/piece-index.ts'
import { compressFrame, decompressFrame, frameContentSize } from './pack/frame.ts'
import { tarHeader } from './pack/tar-member.ts'
import type { EntryStat } from './ports.ts'
import { comparePaths, fromBytePath } from './scan/path-order.ts'
import { pathToText, textToPath } from './scan/path-text.ts'
import { linePrefix, lineSuffix, parseLine, pathOfLine, piecesOfLine } from './snapshot/manifest-line.ts'
import { readSnapshot } from './snapshot/snapshot-format.ts'
import { seededRandom } from './test-vault.ts'

const bytePath = fc
  .array(fc.uint8Array({ minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 4 })
  .map((names) =>
    names
      .map((name) =>
        Buffer.from(name.map((byte) => (byte === 0 || byte === 0x2f ? 0x61 : byte))).toString('latin1'),
      )
      .join('/'),
  )

describe('paths', () => {
  it('come back from text byte for byte, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.oneof(bytePath, fc.string(), fc.constant('a\\x41\\xff')), (path) => {
        const bytes = Buffer.from(path, 'latin1')
        expect(Buffer.from(textToPath(pathToText(bytes))).equals(bytes)).toBe(true)
      }),
    )
  })

  it('are ordered so that everything in a folder follows it directly', () => {
    fc.assert(
      fc.property(bytePath, bytePath, (a, b) => {
        const parts = (path: string) => path.split('/').map((name) => Buffer.from(name, 'latin1'))
        const [x, y] = [parts(a), parts(b)]
        let order = 0
        for (let i = 0; order === 0 && i < Math.max(x.length, y.length); i += 1) {
          const [one, other] = [x[i], y[i]]
          order = one === undefined ? -1 : other === undefined ? 1 : Buffer.compare(one, other)
        }
        expect(Math.sign(comparePaths(a, b))).toBe(order)
      }),
    )
  })
})

describe('a manifest line', () => {
  it('is read back as it was written', () => {
    fc.assert(
      fc.property(
        bytePath,
        fc.bigInt({ min: -(10n ** 19n), max: 10n ** 19n }),
        bytePath,
        (path, mtimeNs, target) => {
          const stat: EntryStat = {
            ...{
              kind: 'link',
              mode: 0o777,
              uid: 0,
              gid: 0,
              size: 0,
              mtimeNs,
              ctimeNs: 5n,
              ino: '7',
              dev: '1',
            },
            ...{ nlink: 1, allocated: 0, rdevMajor: 0, rdevMinor: 0 },
          } as const
          const line = linePrefix(path, stat, undefined) + lineSuffix({ linkTarget: target })
          expect(parseLine(line)).toMatchObject({ path, mtimeNs, linkTarget: target, kind: 'link' })
          expect(pathOfLine(line)).toBe(path)
          expect(piecesOfLine(line)).toEqual([])
        },
      ),
    )
  })
})

describe('the chunker', () => {
  it('cuts the same content at the same places however the windows lie, and loses no byte', () => {
    const table = gearTable(Buffer.from('seed'))
    const noise = seededRandom(5).bytes(5 * 1024 * 1024)
    const zeros = new Uint8Array(300_000)
    const file = Buffer.concat([
      noise,
      zeros,
      noise.subarray(0, 700_001),
      zeros,
      zeros,
      noise,
      Buffer.from('x'),
    ])
    const whole = cutAll(file, table, file.length)
    for (const window of [WINDOW, MAX_PIECE + 65_536, MAX_PIECE + 1_000_003])
      expect(cutAll(file, table, window)).toEqual(whole)
    let at = 0
    for (const cut of whole) {
      expect(cut.offset).toBe(at)
      expect(cut.length).toBeLessThanOrEqual(cut.hole ? file.length : MAX_PIECE)
      if (cut.hole) expect(file.subarray(at, at + cut.length).every((byte) => byte === 0)).toBe(true)
      at += cut.length
    }
    expect(at).toBe(file.length)
  })

  it('moves few cuts when bytes are inserted at the front', () => {
    const table = gearTable(Buffer.from('seed'))
    const noise = seededRandom(6).bytes(24 * 1024 * 1024)
    const ends = (bytes: Uint8Array, shift: number) =>
      new Set(cutAll(bytes, table, WINDOW).map((cut) => cut.offset + cut.length - shift))
    const before = ends(noise, 0)
    const after = ends(Buffer.concat([Buffer.from('inserted'), noise]), 8)
    expect([...before].filter((end) => after.has(end)).length).toBeGreaterThan(before.size * 0.7)
  })
})

function cutAll(file: Uint8Array, table: Int32Array, windowBytes: number): Cut[] {
  const cuts: Cut[] = []
  for (let start = 0; start < file.length; ) {
    const window = file.subarray(start, start + windowBytes)
    const last = start + window.length === file.length
    const found = cutWindow(window, table, { fileOffset: start, mode: 'content', last })
    if (found.length === 0) throw new Error('no progress')
    for (const cut of found) {
      const before = cuts.at(-1)
      const moved = { ...cut, offset: cut.offset + start }
      if (cut.hole && before?.hole === true)
        cuts[cuts.length - 1] = { ...before, length: before.length + cut.length }
      else cuts.push(moved)
    }
    const end = found.at(-1)
    start += (end?.offset ?? 0) + (end?.length ?? 0)
  }
  return cuts
}

describe('a frame', () => {
  it('opens to what went in, stored or compressed', () => {
    for (const raw of [Buffer.alloc(0), Buffer.alloc(70_000), Buffer.from(seededRandom(2).bytes(300_000))]) {
      const frame = compressFrame(raw, 3)
      expect(frameContentSize(frame)).toBe(raw.length)
      expect(decompressFrame(frame, raw.length).equals(raw)).toBe(true)
    }
  })

  it('that is damaged or hostile gives an error and never takes more memory than it may', () => {
    const frame = compressFrame(Buffer.from('hello '.repeat(5000)), 3)
    fc.assert(
      fc.property(fc.nat(frame.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const damaged = Uint8Array.from(frame)
        damaged[at] = (damaged[at] as number) ^ flip
        try {
          decompressFrame(damaged, 30_000)
        } catch (error) {
          expect(error).toMatchObject({ code: 'VAULT_DAMAGED' })
        }
      }),
    )
    expect(() => decompressFrame(frame, 2 ** 31)).toThrow('does not decompress')
  })
})

describe('the readers of stored objects', () => {
  it('answer any bytes with an error of the catalogue', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(() => readIndexObject(bytes)).toThrow(expect.objectContaining({ code: 'VAULT_DAMAGED' }))
        expect(() => readIndexObject(compressFrame(bytes, 3))).toThrow(
          expect.objectContaining({ code: 'VAULT_DAMAGED' }),
        )
        expect(() => readSnapshot('snaps/x', bytes, new Uint8Array(32))).toThrow(
          expect.objectContaining({ code: 'VAULT_DAMAGED' }),
        )
      }),
    )
  })

  it('read back an index object', () => {
    const id = 'ab'.repeat(32)
    const pack = `packs/ab/${'ab'.repeat(16)}-0001.tar.zst`
    const row = { pack, size: 100, kind: 'data', frames: [[0, 50, 2000]], pieces: [[id, 0, 512, 9]] } as const
    expect(readIndexObject(writeIndexObject([row, row]))).toEqual([row, row])
  })

  it('read back an index object whatever its pieces are, and find them where it says', () => {
    const hex = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((id) => Buffer.from(id).toString('hex'))
    const place = fc.tuple(fc.nat(2), fc.nat(1000), fc.nat(1000))
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(hex, place), { selector: ([id]) => id.slice(0, 32) }), (pieces) => {
        const row = rowOf(pieces.map(([id, [frame, inner, length]]) => [id, frame, inner, length]))
        const [read] = readIndexObject(writeIndexObject([row])) as [PackRow]
        const index = createPieceIndex()
        index.addPack(read)
        for (const [id, frame, inner, length] of row.pieces)
          expect(index.findHex(id)).toEqual({ pack: 0, frame, inner, length })
        expect(index.size).toBe(pieces.length)
        expect(read).toEqual(row)
      }),
    )
  })

  it('refuse an index object of more pieces than memory is meant to hold, in one line or in many', () => {
    const pieces = (from: number, count: number): [string, number, number, number][] =>
      Array.from({ length: count }, (_, i) => [(from + i).toString(16).padStart(64, '0'), 0, 0, 1])
    const most = 199_000
    expect(readIndexObject(writeIndexObject([rowOf(pieces(0, most))]))[0]?.frames).toHaveLength(3)
    for (const rows of [[rowOf(pieces(0, most + 1000))], [rowOf(pieces(0, most)), rowOf(pieces(most, 1000))]])
      expect(() =>
        readIndexObject(indexOfText(rows.map((row) => `${JSON.stringify(row)}\n`).join(''))),
      ).toThrow(expect.objectContaining({ code: 'VAULT_DAMAGED' }))
  })

  it('read a row that another program wrote, and refuse one with a wrong piece', () => {
    const id = 'ab'.repeat(32)
    const row = rowOf([[id, 1, 5, 7]])
    const { pieces, ...head } = row
    const text = JSON.stringify(row)
    const list = JSON.stringify(pieces)
    for (const other of [
      JSON.stringify({ pieces, ...head }),
      text.replace('"pieces":', '"pieces": '),
      text.replace(list, `[ ["${id}", 1,5,7 ] ]`),
      text.replace(list, `[["\\u0061${id.slice(1)}",1,5,7]]`),
    ])
      expect(readIndexObject(indexOfText(`${other}\n`)), other).toEqual([row])
    for (const wrong of [
      `["${id}",1,5,7],`,
      `,["${id}",1,5,7]`,
      `["${id}",1,5]`,
      `["${id}",1,5,7,1]`,
      `["${id}",3,5,7]`,
      `["${id}",1,5,2000]`,
      `["${id}",1,5,4294967296]`,
      `["${id}",1,05,7]`,
      `["${id}",1,-5,7]`,
      `["${id}",1,,7]`,
      `["${id.toUpperCase()}",1,5,7]`,
      `["${id.slice(1)}g",1,5,7]`,
      `["${id.slice(1)}",1,5,7]`,
      `["${id}",1,5,7]["${id}",1,5,7]`,
      `["${id}",1,5,7`,
    ])
      expect(() => readIndexObject(indexOfText(`${text.replace(list, `[${wrong}]`)}\n`)), wrong).toThrow(
        expect.objectContaining({ code: 'VAULT_DAMAGED' }),
      )
  })
})

describe('the piece index', () => {
  it('finds every piece that was put into it, through every growth, and no other', () => {
    const index = createPieceIndex(10)
    const random = seededRandom(9)
    const ids = Array.from({ length: 20_000 }, () => random.bytes(32))
    const handles = ids.map((id) => index.claim(id, 0))
    handles.forEach((handle, i) => {
      index.place(handle, { pack: i % 7, frame: i % 100, inner: i, length: i + 1 })
    })
    ids.forEach((id, i) => {
      expect(index.spot(index.find(id, 0))).toEqual({ pack: i % 7, frame: i % 100, inner: i, length: i + 1 })
    })
    expect(index.find(random.bytes(32), 0)).toBe(-1)
    expect(index.size).toBe(20_000)
  })
})

describe('a piece id', () => {
  it('is the same by both ways of hashing', () => {
    const hasher = createPieceHasher(Buffer.from('k'.repeat(32)))
    const content = Buffer.from(seededRandom(4).bytes(1000))
    const buffer = Buffer.concat([Buffer.alloc(SPAN_GAP), content])
    expect(hasher.ofSpan(buffer, SPAN_GAP, content.length)).toEqual(hasher.of(content))
    expect(fromBytePath('\xff')).toEqual(Buffer.from([255]))
  })
})

function rowOf(pieces: PackRow['pieces']): PackRow {
  const pack = `packs/ab/${'ab'.repeat(16)}-0001.tar.zst`
  const frames = [0, 1, 2].map((n): [number, number, number] => [n * 50, 50, 2000])
  return { pack, size: 200, kind: 'data', frames, pieces }
}

/** An index object with these very lines. */
function indexOfText(text: string): Uint8Array {
  const bytes = Buffer.from(text)
  const padding = Buffer.alloc((512 - (bytes.length % 512)) % 512)
  const header = tarHeader('index.jsonl', bytes.length, 0, 0o644)
  return compressFrame(Buffer.concat([header, bytes, padding, Buffer.alloc(1024)]), 3)
}
