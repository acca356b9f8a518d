import { SnapshotId, WriterId } from '@holdfast/domain'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { CheckSummary } from '../check.ts'
import { comparePaths } from '../scan/path-order.ts'
import { createSmallVault, type Kind, type SmallVault } from './test-small-vault.ts'

const KINDS: readonly Kind[] = ['data pack', 'meta pack', 'index', 'snapshot', 'mark', 'claim', 'vault.json']

let small: SmallVault
beforeAll(async () => {
  small = await createSmallVault()
})
beforeEach(() => small.reset())

describe('an undamaged vault', () => {
  it('holds an object of every kind and passes with no finding', async () => {
    for (const kind of KINDS) expect(small.keys(kind), kind).not.toEqual([])
    expect(await small.t.check()).toMatchObject({ ok: true, damaged: [], garbage: [] })
    await expectRest(await small.t.check())
  })
})

describe.each(KINDS)('a damaged %s', (kind) => {
  it('is named when a bit of it has flipped anywhere', async () => {
    for (const key of small.keys(kind)) {
      const { bytes } = small.sound.get(key) ?? { bytes: new Uint8Array() }
      for (const at of samples(bytes.length, key === small.keys(kind)[0] ? 6 : 1)) {
        const changed = Uint8Array.from(bytes)
        changed[at] = (changed[at] as number) ^ (1 << (at % 8))
        put(key, changed)
        await expectNamed(key, `bit ${at % 8} of byte ${at} of ${bytes.length} in ${key}`)
      }
      if (key === small.keys(kind).at(-1)) await expectRest(await small.t.check())
      small.reset()
    }
  })

  it('is named when it was cut short or has something more', async () => {
    for (const key of small.keys(kind).slice(0, 1)) {
      const { bytes } = small.sound.get(key) ?? { bytes: new Uint8Array() }
      const { length } = bytes
      for (const end of [0, 64, length - 1]) {
        put(key, bytes.subarray(0, end))
        await expectNamed(key, `${key} cut at ${end}`)
      }
      put(key, Buffer.concat([bytes, Buffer.from([0])]))
      await expectNamed(key, `${key} with a byte more`)
      await expectRest(await small.t.check())
      small.reset()
    }
  })
})

describe.each<Kind>(['data pack', 'snapshot', 'mark', 'claim'])('a misplaced %s', (kind) => {
  it('is named when two have changed places', async () => {
    if (kind === 'mark') await small.anotherMark()
    const [one, other] = small.keys(kind) as [string, string]
    const [a, b] = [one, other].map((key) => small.t.inner.objects.get(key)?.bytes ?? new Uint8Array())
    put(one, b as Uint8Array)
    put(other, a as Uint8Array)
    const summary = await small.t.check()
    expect(summary.damaged.map(({ object }) => object)).toEqual(expect.arrayContaining([one, other]))
    await expectRest(summary)
  })

  it('is named when it lies under another name', async () => {
    const key = small.keys(kind)[0] ?? ''
    const renamed = key.replace(/[0-9a-f](?=\.[a-z.]+$)/, (digit) => (digit === '0' ? '1' : '0'))
    move(key, renamed)
    const summary = await small.t.check()
    // A pack is missed where the index says it lies; what is sealed says itself that it is in a wrong place.
    await expectNamed(kind === 'data pack' ? key : renamed, `${key} as ${renamed}`)
    await expectRest(summary)
  })
})

describe('a lost object', () => {
  it('is named when it was a pack, with the files that it takes along', async () => {
    for (const key of [...small.keys('data pack'), ...small.keys('meta pack')]) {
      small.t.inner.objects.delete(key)
      const summary = await expectNamed(key, key)
      expect(summary.damaged.find(({ object }) => object === key)?.affects).not.toEqual([])
      await expectRest(summary)
      small.reset()
    }
  })

  it('is noticed when it was an index object, and costs no file', async () => {
    for (const key of small.keys('index')) {
      small.t.inner.objects.delete(key)
      const summary = await small.t.check()
      expect(summary.ok).toBe(false)
      expect(summary.damaged.map(({ kind }) => kind)).toContain('index')
      expect(summary.damaged.flatMap(({ affects }) => affects)).toEqual([])
      await expectRest(summary)
      small.reset()
    }
  })

  it('is named when it was a snapshot in the middle of a chain, and costs no other one a file', async () => {
    for (const key of small.keys('snapshot').filter((name) => /0123abcd.000000000[12]-/.test(name))) {
      small.t.inner.objects.delete(key)
      const place = key.slice(0, 'snaps/0123abcd/0000000001'.length)
      const summary = await expectNamed(place, key)
      await expectRest(summary)
      small.reset()
    }
  })

  it('is noticed when it was the newest snapshot by a home that has seen it', async () => {
    const known = new Map([[WriterId.parse('0123abcd'), 3]])
    for (const gone of [1, 2, 3]) {
      for (const key of small
        .keys('snapshot')
        .filter((name) => name.includes('0123abcd'))
        .slice(-gone))
        small.t.inner.objects.delete(key)
      const summary = await small.check(known)
      const snapshots = summary.damaged.filter(({ kind }) => kind === 'snapshot')
      expect(snapshots.map(({ object }) => object)).toEqual(['snaps/0123abcd/0000000003'])
      await expectRest(summary, ['0123abcd-3', '0123abcd-2', '0123abcd-1'].slice(0, gone))
      small.reset()
    }
    expect((await small.check(known)).ok).toBe(true)
  })

  it('is noticed by what the other machines need of it when it was the newest snapshot', async () => {
    for (const key of small.keys('snapshot').filter((name) => name.includes('0123abcd')))
      small.t.inner.objects.delete(key)
    const summary = await small.t.check()
    expect(summary.ok).toBe(false)
    expect(summary.damaged.map(({ kind }) => kind)).toEqual(['index'])
    await expectRest(summary, ['0123abcd'])
  })

  it('is named when it was a copy of vault.json', async () => {
    small.t.inner.objects.delete('vault.json')
    await expectNamed('vault.json', 'inner')
    small.reset()
    const { bytes } = small.t.outer.objects.get('vault.json') ?? { bytes: new Uint8Array() }
    for (const at of samples(bytes.length, 8)) {
      const changed = Uint8Array.from(bytes)
      changed[at] = (changed[at] as number) ^ 1
      small.t.outer.objects.set('vault.json', { bytes: changed, modifiedAtMs: 0 })
      await expectNamed('vault.json', `outer ${at}`)
    }
  })
})

function put(key: string, bytes: Uint8Array): void {
  small.t.inner.objects.set(key, { bytes, modifiedAtMs: 0 })
}

function move(from: string, to: string): void {
  const object = small.t.inner.objects.get(from)
  if (object === undefined) throw new Error(`there is no ${from}`)
  small.t.inner.objects.delete(from)
  small.t.inner.objects.set(to, object)
}

async function expectNamed(key: string, what: string): Promise<CheckSummary> {
  const summary = await small.t.check()
  expect(summary.ok, what).toBe(false)
  expect(
    summary.damaged.map(({ object }) => object),
    what,
  ).toContain(key)
  return summary
}

/** Everything that the check does not call hit restores to exactly what it was, and what is hit is never wrong. */
async function expectRest(summary: CheckSummary, gone: readonly string[] = []): Promise<void> {
  for (const [id, lines] of small.snapshots) {
    if (gone.some((start) => id.startsWith(start))) continue
    const hits = summary.damaged.flatMap(({ affects }) => affects.filter(({ snapshot }) => snapshot === id))
    if (hits.some(({ path }) => path === '')) continue
    const isGone = summary.damaged.some(({ object }) => object === placeOf(id))
    if (isGone) continue
    const { tree, summary: restored } = await small.t
      .through(small.t.inner)
      .restore({ snapshot: SnapshotId.parse(id) })
    const back = new Map(tree.describe('/docs').map((line) => [line.split(' ')[0], line]))
    for (const line of lines) {
      const path = `docs${line.split(' ')[0]}`
      const isHit = hits.some((hit) => hit.path === path || isBetween(path, hit.path))
      if (!isHit) expect(back.get(line.split(' ')[0]), `${id} ${path}`).toBe(line)
      else if (back.has(line.split(' ')[0]) && line.includes(' file '))
        expect(back.get(line.split(' ')[0]), `${id} ${path}`).toBe(line)
    }
    if (hits.length === 0) expect(restored.skipped, id).toEqual([])
  }
}

function placeOf(id: string): string {
  const [writer, seq] = id.split('-')
  return `snaps/${writer}/${String(seq).padStart(10, '0')}`
}

function isBetween(path: string, range: string): boolean {
  const [first, last] = range.split(' … ')
  if (first === undefined || last === undefined) return false
  return comparePaths(path, first) >= 0 && comparePaths(path, last) <= 0
}

/** Up to `count` places in `length`, the first and the last and the trailer's among them. */
function samples(length: number, count: number): number[] {
  const spread = Array.from({ length: count }, (_, i) => Math.floor((i / count) * length))
  return [...new Set([...spread, length - 33, length - 64, length - 1])].filter((at) => at >= 0)
}
