import type { DiffEntry } from '@holdfast/vault'
import { expect, test } from 'vitest'
import { sumOfChanges } from './run-changes.ts'

const entry = (
  path: string,
  change: DiffEntry['change'],
  sizes: [number | null, number | null],
): DiffEntry => ({
  ...{ path: Buffer.from(path), kind: 'file', change, sizeBefore: sizes[0], sizeAfter: sizes[1] },
})

async function* of(...entries: DiffEntry[]) {
  yield* entries
}

test('a difference is summed up by folder, with its biggest new and changed files', async () => {
  const sum = await sumOfChanges(
    of(
      { ...entry('docs', 'attributes', [null, null]), kind: 'dir' },
      entry('docs/a.txt', 'added', [null, 5]),
      entry('docs/photos/2026/x.jpg', 'added', [null, 900]),
      entry('docs/photos/y.jpg', 'changed', [10, 300]),
      entry('docs/photos/z.jpg', 'removed', [7, null]),
      entry('music/m.flac', 'removed', [5000, null]),
    ),
  )
  expect(sum.counts).toMatchObject({
    added: { entries: 2, bytes: 905 },
    changed: { entries: 1, bytes: 300 },
    removed: { entries: 2, bytes: 5007 },
    attributes: { entries: 0 },
  })
  expect(sum.folders.map(({ path }) => path)).toEqual(['music', 'docs/photos', 'docs'])
  expect(sum.folders[1]?.counts).toMatchObject({ added: { entries: 1, bytes: 900 }, removed: { entries: 1 } })
  expect(sum.biggest).toEqual([
    { path: 'docs/photos/2026/x.jpg', change: 'added', sizeBefore: null, sizeAfter: 900 },
    { path: 'docs/photos/y.jpg', change: 'changed', sizeBefore: 10, sizeAfter: 300 },
    { path: 'docs/a.txt', change: 'added', sizeBefore: null, sizeAfter: 5 },
  ])
})

test('of very many files only the biggest ten are kept', async () => {
  const many = Array.from({ length: 1000 }, (_, i) => entry(`d/${i}`, 'added', [null, (i * 7919) % 1000]))
  const { biggest, counts } = await sumOfChanges(of(...many))
  expect(biggest.map(({ sizeAfter }) => sizeAfter)).toEqual([
    999, 998, 997, 996, 995, 994, 993, 992, 991, 990,
  ])
  expect(counts.added.entries).toBe(1000)
})
