import { createMemoryStore } from '@holdfast/testkit'
import { expect, it } from 'vitest'
import { readIndexObject, writeIndexObject } from '../index/index-format.ts'
import { createPieceIndex } from '../index/piece-index.ts'
import { seededRandom } from '../test-vault.ts'
import { compressFrame } from './frame.ts'
import { readTable, readTrailer, TRAILER_BYTES } from './pack-format.ts'
import { createPackWriter } from './pack-writer.ts'

it('closes a pack before its table grows beyond what a reader takes, however small the pieces', async () => {
  const store = createMemoryStore()
  const index = createPieceIndex()
  const random = seededRandom(8)
  const writer = createPackWriter(index, store, {
    ...{ random, signal: new AbortController().signal, inFlight: 2 },
    onStored: () => undefined,
  })
  const bytes = compressFrame(Buffer.alloc(512 * 1024), 3)
  for (let frame = 0; frame < 250; frame += 1) {
    const pieces = Array.from({ length: 1024 }, () => {
      const id = random.bytes(32)
      return { id: Buffer.from(id).toString('hex'), handle: index.claim(id, 0), length: 1 }
    })
    await writer.add(
      'data',
      { bytes, rawLength: 512 * 1024, inner: pieces.map((_, i) => i * 512 + 400) },
      pieces,
    )
  }
  await writer.finish()
  expect(writer.stored.reduce((sum, row) => sum + row.pieces.length, 0)).toBe(256_000)
  for (const row of writer.stored) {
    const pack = store.objects.get(row.pack)?.bytes ?? new Uint8Array()
    const { offset, length, sha256 } = readTrailer(pack.subarray(-TRAILER_BYTES))
    const place = { pack: row.pack, size: pack.length, sha256 }
    expect(readTable(pack.subarray(offset, offset + length), place).pieces.length).toBe(row.pieces.length)
    expect(readIndexObject(writeIndexObject([row]))[0]?.pieces.length).toBe(row.pieces.length)
  }
})
