import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { VaultId, WriterId } from '@holdfast/domain'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { copySeqs, rememberCopySeqs } from './copy-seqs.ts'
import { lockPlace } from './lock-place.ts'

const PLACE = { kind: 'folder', path: '/mnt/disk/copy' } as const
let home: string

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'holdfast-lock-'))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

it('one place is taken once at a time, another one beside it', () => {
  {
    using _first = lockPlace(home, PLACE)
    expect(() => lockPlace(home, PLACE)).toThrow(/under way/)
    using _other = lockPlace(home, { ...PLACE, path: '/mnt/disk/other' })
  }
  using _again = lockPlace(home, PLACE)
  expect(readdirSync(join(home, 'copies'))).toHaveLength(1)
})

it('what a copy holds is noted by place and vault', () => {
  const vault = VaultId.parse('ab'.repeat(16))
  const writer = WriterId.parse('0123abcd')
  expect(copySeqs(home, PLACE, vault)).toBeUndefined()
  rememberCopySeqs(home, PLACE, { vault, writers: [{ writer, seq: 3 }] })
  expect(copySeqs(home, PLACE, vault)).toEqual(new Map([[writer, 3]]))
  expect(copySeqs(home, PLACE, VaultId.parse('cd'.repeat(16)))).toBeUndefined()
})

it('a place that a dead process took is free', () => {
  lockPlace(home, PLACE)
  const { pid } = spawnSync(process.execPath, ['--version'])
  for (const name of readdirSync(join(home, 'copies'))) writeFileSync(join(home, 'copies', name), String(pid))
  using _taken = lockPlace(home, PLACE)
})
