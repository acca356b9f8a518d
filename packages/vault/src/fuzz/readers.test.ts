import { isHoldfastError } from '@holdfast/domain'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compressFrame } from '../pack/frame.ts'
import { hostileJson, mutated } from './test-hostile.ts'
import { STORED_READERS, type StoredReader } from './test-stored-readers.ts'

/** Raise it for a night's fuzzing; the seed is fixed so that every run of the suite tries the same. */
const RUNS = { seed: 3, numRuns: 250 }
const ALLOWED = ['VAULT_DAMAGED', 'NOT_A_VAULT', 'VAULT_NEWER', 'REMOTE_LIES'] as const

/** Undefined when the bytes were taken or refused by the catalogue; what was thrown otherwise. */
function strange(reader: StoredReader, bytes: Uint8Array): unknown {
  try {
    reader.read(bytes)
    return undefined
  } catch (error) {
    return ALLOWED.some((code) => isHoldfastError(error, code)) ? undefined : error
  }
}

describe.each(STORED_READERS)('$name', (reader) => {
  it('is read when it is sound, also made anew from its JSON', () => {
    reader.read(reader.sound)
    if (reader.name === 'vault.json') return
    reader.read(reader.forge(JSON.stringify(reader.json)))
  })

  it('is read or refused whatever bytes come', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => {
        expect(strange(reader, bytes)).toBeUndefined()
        expect(strange(reader, compressFrame(bytes, 1))).toBeUndefined()
      }),
      RUNS,
    )
  })

  it('is read or refused after accidents', () => {
    fc.assert(
      fc.property(mutated(reader.sound), (bytes) => {
        expect(strange(reader, bytes)).toBeUndefined()
      }),
      RUNS,
    )
  })

  it('is read or refused when somebody with the keys wrote it', () => {
    fc.assert(
      fc.property(hostileJson(reader.json), (json) => {
        expect(strange(reader, reader.forge(json))).toBeUndefined()
      }),
      { ...RUNS, numRuns: 150 },
    )
  })
})

describe('a sealed object', () => {
  it.each(STORED_READERS.filter(({ isSealed }) => isSealed))(
    'of $name shows any bit that flipped',
    ({ sound, read }) => {
      for (let at = 0; at < sound.length; at += 1) {
        const changed = Uint8Array.from(sound)
        changed[at] = (changed[at] as number) ^ (1 << (at % 8))
        expect(() => read(changed), `byte ${at}`).toThrow(expect.objectContaining({ code: 'VAULT_DAMAGED' }))
        expect(() => read(sound.subarray(0, at)), `cut at ${at}`).toThrow()
      }
    },
  )
})

describe('a row of a pack', () => {
  const forge = (change: object) => {
    const [reader] = STORED_READERS
    if (reader === undefined) throw new Error('no reader')
    return () => reader.read(reader.forge(JSON.stringify({ ...(reader.json as object), ...change })))
  }

  it.each([
    ['a frame number that is no number', { pieces: [['ab'.repeat(32), 'length', 0, 0]] }],
    ['a frame number as text', { pieces: [['ab'.repeat(32), '0', 0, 0]] }],
    ['a piece outside its frame', { pieces: [['ab'.repeat(32), 0, 1999, 2]] }],
    ['a frame outside the pack', { frames: [[99_999, 2, 10]], pieces: [] }],
    ['a frame that opens to more than any of ours', { frames: [[0, 5, 2 ** 31]], pieces: [] }],
    ['a frame that is longer than any of ours', { size: 2 ** 40, frames: [[0, 2 ** 35, 10]], pieces: [] }],
    ['a key that is no pack', { pack: '../../vault.json' }],
  ])('is refused with %s', (_, change) => {
    expect(forge(change)).toThrow(expect.objectContaining({ code: 'VAULT_DAMAGED' }))
  })

  it('loses members that nobody knows', () => {
    expect(forge({ more: 1 })).not.toThrow()
  })
})
