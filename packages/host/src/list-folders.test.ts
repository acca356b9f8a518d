import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { listFolders } from './list-folders.ts'
import { tempDir } from './temp-dir.ts'

it('gives every folder once, page by page, the hidden ones last', async () => {
  using dir = tempDir()
  const names = [
    'Ben',
    'ada',
    'Ada',
    '.cache',
    '.b',
    'ö',
    'z',
    ...Array.from({ length: 60 }, (_, i) => `n${i}`),
  ]
  for (const name of names) mkdirSync(dir.at(name))
  mkdirSync(dir.at(Buffer.from([0xff])))
  writeFileSync(dir.at('file'), '')
  symlinkSync('/', dir.at('link'))
  const pages: string[][] = []
  for (let after: string | undefined, more = true; more; ) {
    const page = await listFolders(dir.path, { after, limit: 7 })
    pages.push(page.folders.map(({ name }) => name))
    after = pages.at(-1)?.at(-1)
    more = page.more
  }
  expect(pages.every((page) => page.length <= 7)).toBe(true)
  expect(pages.flat()).toHaveLength(names.length)
  expect(new Set(pages.flat())).toEqual(new Set(names))
  expect(pages.flat().slice(0, 3)).toEqual(['ada', 'Ada', 'Ben'])
  expect(pages.flat().slice(-2)).toEqual(['.b', '.cache'])
})

it('says what is the matter with a folder that is gone, or is none', async () => {
  using dir = tempDir()
  writeFileSync(dir.at('file'), '')
  for (const name of ['gone', 'file'])
    await expect(listFolders(`${dir.path}/${name}`, { limit: 9 })).rejects.toMatchObject({
      code: 'SOURCE_MISSING',
    })
  expect(await listFolders('/', { limit: 1 })).toMatchObject({ path: '/', parent: null, more: true })
})
