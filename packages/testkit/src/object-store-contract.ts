import { isHoldfastError } from '@holdfast/domain'
import type { ObjectStore } from '@holdfast/vault/ports'
import { describe, expect, test } from 'vitest'
import { putEach, readWhile } from './read-while-put.ts'
import { bytesOf, digest } from './test-bytes.ts'

/** A store for one test, empty; disposing it removes what it holds. */
export type TestedStore = AsyncDisposable & { readonly store: ObjectStore }

/**
 * What every ObjectStore promises, as tests. `makeStore` gives an empty store, whose root need not be there yet. With
 * `atomicPuts` a reader must never see the beginning of an object that is being put.
 */
export function objectStoreContract(
  name: string,
  makeStore: () => Promise<TestedStore>,
  { atomicPuts = false }: { atomicPuts?: boolean } = {},
): void {
  describe(`${name} keeps the contract of an object store`, () => {
    test('what is put comes back byte for byte, with its size and key', async () => {
      await using tested = await makeStore()
      const { store } = tested
      for (const [key, size] of SIZES) await store.put(key, bytesOf(key, size))
      for (const [key, size] of SIZES) {
        expect(await store.stat(key), key).toMatchObject({ key, size })
        expect(digest(await store.get(key)), key).toBe(digest(bytesOf(key, size)))
      }
    })

    test('a range gives exactly its bytes, at the start, in the middle and at the end', async () => {
      await using tested = await makeStore()
      const { store } = tested
      const key = 'packs/3f/range.tar.zst'
      const body = bytesOf(key, 300_000)
      await store.put(key, body)
      const ranges = [
        { offset: 0, length: 1 },
        { offset: 0, length: 300_000 },
        { offset: 0, length: 10 },
        { offset: 1, length: 10 },
        { offset: 2, length: 1 },
        { offset: 5, length: 0 },
        { offset: 65_535, length: 2 },
        { offset: 65_536, length: 65_536 },
        { offset: 131_000, length: 140_000 },
        { offset: 299_936, length: 64 },
        { offset: 299_999, length: 1 },
      ]
      for (const range of ranges) {
        const expected = body.subarray(range.offset, range.offset + range.length)
        expect(digest(await store.get(key, { range })), JSON.stringify(range)).toBe(digest(expected))
      }
    })

    test('a range beyond the end is an error and never fewer bytes', async () => {
      await using tested = await makeStore()
      const { store } = tested
      await store.put('packs/3f/short', bytesOf('short', 1000))
      const beyond = [
        { offset: 990, length: 11 },
        { offset: 1000, length: 1 },
        { offset: 5000, length: 10 },
      ]
      for (const range of beyond)
        expect(await codeOf(store.get('packs/3f/short', { range })), JSON.stringify(range)).toBe(
          'REMOTE_LIES',
        )
    })

    test('an object that is not there has no stat, and getting it says so', async () => {
      await using tested = await makeStore()
      const { store } = tested
      expect(await store.stat('packs/3f/none')).toBeUndefined()
      expect(await codeOf(store.get('packs/3f/none'))).toBe('OBJECT_MISSING')
      await store.put('packs/3f/one', bytesOf('one', 10))
      expect(await store.stat('packs/3f/none')).toBeUndefined()
      expect(await codeOf(store.get('packs/3f/none', { range: { offset: 0, length: 5 } }))).toBe(
        'OBJECT_MISSING',
      )
    })

    test('a folder is not an object', async () => {
      await using tested = await makeStore()
      const { store } = tested
      await store.put('packs/3f/one', bytesOf('one', 10))
      expect(await store.stat('packs/3f')).toBeUndefined()
      expect(await store.stat('packs')).toBeUndefined()
    })

    test('a listing names every object below the folder once, with full keys and sizes, and no folder', async () => {
      await using tested = await makeStore()
      const { store } = tested
      const keys = [
        'vault.json',
        'README.txt',
        'snaps/3fa9c2d1/1',
        'snaps/3fa9c2d1/2',
        'snaps/3fa9c2d10/1',
        'packs/3f/a',
        'packs/40/b',
      ]
      for (const [at, key] of keys.entries()) await store.put(key, bytesOf(key, at * 7))
      expect(await listed(store, '')).toEqual(keys.map((key, at) => `${key} ${at * 7}`).sort())
      expect(await listed(store, 'snaps/3fa9c2d1')).toEqual(['snaps/3fa9c2d1/1 14', 'snaps/3fa9c2d1/2 21'])
      expect(await listed(store, 'packs')).toEqual(['packs/3f/a 35', 'packs/40/b 42'])
    })

    test('a folder that is not there lists nothing, also when nothing at all is there', async () => {
      await using tested = await makeStore()
      const { store } = tested
      expect(await listed(store, '')).toEqual([])
      expect(await listed(store, 'snaps/3fa9c2d1')).toEqual([])
      await store.put('vault.json', bytesOf('vault', 10))
      expect(await listed(store, 'snaps/3fa9c2d1')).toEqual([])
    })

    test('a deleted object is gone, and deleting it again is no error', async () => {
      await using tested = await makeStore()
      const { store } = tested
      await store.put('packs/3f/a', bytesOf('a', 10))
      await store.put('packs/3f/b', bytesOf('b', 10))
      await store.delete('packs/3f/a')
      expect(await store.stat('packs/3f/a')).toBeUndefined()
      expect(await listed(store, 'packs')).toEqual(['packs/3f/b 10'])
      await store.delete('packs/3f/a')
      await store.delete('never/was')
    })

    test('many calls at once do not mix up', async () => {
      await using tested = await makeStore()
      const { store } = tested
      const keys = Array.from({ length: 12 }, (_, at) => `packs/${(at % 3) + 10}/object-${at}`)
      await Promise.all(keys.map((key, at) => store.put(key, bytesOf(key, 1000 + at * 10_000))))
      const got = await Promise.all(keys.map((key) => store.get(key)))
      for (const [at, key] of keys.entries())
        expect(digest(got[at] ?? new Uint8Array(0)), key).toBe(digest(bytesOf(key, 1000 + at * 10_000)))
      expect((await listed(store, 'packs')).length).toBe(keys.length)
    })

    test('a listing sees what was put just now, and not what was deleted just now', async () => {
      await using tested = await makeStore()
      const { store } = tested
      await store.put('marks/a', bytesOf('a', 20))
      expect(await listed(store, 'marks')).toEqual(['marks/a 20'])
      await store.put('marks/b', bytesOf('b', 21))
      await store.delete('marks/a')
      expect(await listed(store, 'marks')).toEqual(['marks/b 21'])
    })

    const part = atomicPuts ? 'nothing' : 'at most its beginning'
    test(`who reads and lists while small objects are put sees all of one or ${part}`, async () => {
      await using tested = await makeStore()
      const { store } = tested
      const keys = Array.from({ length: 6 }, (_, at) => `snaps/3fa9c2d1/000000000${at}.snap`)
      const putting = putEach(store, keys)
      const odd = await Promise.all([
        readWhile(store, { keys, atomicPuts, until: putting }),
        readWhile(store, { keys: keys.toReversed(), atomicPuts, until: putting }),
      ])
      await putting
      expect(odd.flat()).toEqual([])
      for (const key of keys) expect(digest(await store.get(key)), key).toBe(digest(bytesOf(key, 3000)))
      expect(await listed(store, 'snaps')).toEqual(keys.map((key) => `${key} 3000`))
    })

    test('a body is left as it is, and may be changed once put has resolved', async () => {
      await using tested = await makeStore()
      const { store } = tested
      const body = bytesOf('body', 5000)
      await store.put('packs/3f/body', body)
      expect(digest(body)).toBe(digest(bytesOf('body', 5000)))
      body.fill(0)
      expect(digest(await store.get('packs/3f/body'))).toBe(digest(bytesOf('body', 5000)))
    })

    test('a part of a bigger buffer is stored as that part', async () => {
      await using tested = await makeStore()
      const { store } = tested
      const whole = bytesOf('whole', 5000)
      await store.put('packs/3f/part', whole.subarray(1000, 1500))
      expect(digest(await store.get('packs/3f/part'))).toBe(digest(whole.slice(1000, 1500)))
    })

    test('every call rejects as cancelled when its signal is aborted already', async () => {
      await using tested = await makeStore()
      const { store } = tested
      await store.put('packs/3f/a', bytesOf('a', 10))
      const signal = AbortSignal.abort()
      expect(await codeOf(store.put('packs/3f/b', bytesOf('b', 10), { signal }))).toBe('CANCELLED')
      expect(await codeOf(store.get('packs/3f/a', { signal }))).toBe('CANCELLED')
      expect(await codeOf(store.stat('packs/3f/a', { signal }))).toBe('CANCELLED')
      expect(await codeOf(store.delete('packs/3f/a', { signal }))).toBe('CANCELLED')
      expect(await codeOf(Array.fromAsync(store.list('packs', { signal })))).toBe('CANCELLED')
      expect(await listed(store, '')).toEqual(['packs/3f/a 10'])
    })

    test('a call that is cancelled on its way settles: it is done, or it rejects as cancelled', async () => {
      await using tested = await makeStore()
      const { store } = tested
      const body = bytesOf('big', 8_000_000)
      for (const waits of [0, 1, 3, 9, 27]) {
        const key = `packs/3f/cancelled-${waits}`
        const stop = new AbortController()
        const put = codeOf(store.put(key, body, { signal: stop.signal }))
        for (let at = 0; at < waits; at += 1) await new Promise((resolve) => setImmediate(resolve))
        stop.abort()
        const code = await put
        expect(['none', 'CANCELLED'], key).toContain(code)
        if (code === 'none') expect(await store.stat(key)).toMatchObject({ size: body.length })
      }
    })
  })
}

const SIZES: readonly (readonly [string, number])[] = [
  ['README.txt', 1234],
  ['vault.json', 0],
  ['keys/0a1b2c3d.json', 1],
  ['packs/3f/3f0011223344556677889900aabbccdd-0001.tar.zst', 65_536],
  ['packs/3f/3f0011223344556677889900aabbccdd-0002.tar.zst', 65_537],
  // Longer than any key of ours, also when rclone has encrypted it.
  [`index/${'0123456789abcdef'.repeat(4)}-0123.tar.zst`, 500],
  ['packs/40/big.tar.zst', 5_000_001],
  ['snaps/3fa9c2d1/00000001-20261122t184000z-0a0a.snap', 102_400],
]

async function listed(store: ObjectStore, folder: string): Promise<string[]> {
  const found = await Array.fromAsync(store.list(folder))
  return found.map(({ key, size }) => `${key} ${size}`).sort()
}

/** The error code a call rejects with; `none` when it doesn't, `other` for what is not a HoldfastError. */
async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call
    return 'none'
  } catch (error) {
    return isHoldfastError(error) ? error.code : 'other'
  }
}
