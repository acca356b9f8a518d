import { statSync, utimesSync, writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { utimesText } from './file-times.ts'
import { tempDir } from './temp-dir.ts'

it.each([
  1_883_832_525_159_620_998n,
  1_795_449_792_052_633_000n,
  1_795_449_792_052_632_999n,
  999_999_999n,
  1n,
  -1n,
  -86_399_123_456_001n,
])('a file has the time %i to its microsecond', (timeNs) => {
  using dir = tempDir()
  writeFileSync(dir.at('file'), '')
  utimesSync(dir.at('file'), utimesText(timeNs), utimesText(timeNs))
  const { mtimeNs } = statSync(dir.at('file'), { bigint: true })
  expect(microsecondOf(mtimeNs)).toBe(microsecondOf(timeNs))
})

const microsecondOf = (timeNs: bigint) => timeNs - (((timeNs % 1000n) + 1000n) % 1000n)
