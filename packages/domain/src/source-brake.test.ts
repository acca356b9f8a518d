import { expect, it } from 'vitest'
import { brakeReason } from './source-brake.ts'

const calm = { files: 100, filesChanged: 3, bytesRead: 5_000_000, bytesStored: 1_000_000 }
const facts = (now: Partial<typeof calm>, files = 100) => ({ before: { files }, now: { ...calm, ...now } })

it.each([
  ['a calm run', facts({}), undefined],
  ['an empty source', facts({ files: 0 }), 'empty'],
  ['a source with less than half of its files', facts({ files: 49 }), 'shrank from 100 to 49'],
  ['a source with half of them', facts({ files: 50 }), undefined],
  ['many changed files that compress', facts({ filesChanged: 80 }), undefined],
  ['many changed files that do not', facts({ filesChanged: 31, bytesStored: 4_990_000 }), 'looks encrypted'],
  ['some new photos', facts({ filesChanged: 5, bytesStored: 5_000_000 }), undefined],
  ['a handful of files', facts({ files: 1 }, 9), undefined],
])('%s', (_name, given, said) => {
  if (said === undefined) expect(brakeReason(given)).toBeUndefined()
  else expect(brakeReason(given)).toContain(said)
})
