import { appendFileSync, lstatSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { isHoldfastError, SnapshotId, VaultId, WriterId } from '@holdfast/domain'
import { describe, expect, it } from 'vitest'
import { openHome } from './home.ts'
import { tempDir } from './temp-dir.ts'

const vault = VaultId.parse('0123456789abcdef0123456789abcdef')

describe('a home', () => {
  it('is private and keeps its identity', () => {
    using dir = tempDir()
    const home = openHome(`${dir.path}/deep/home`)
    expect(home.writer).toMatch(/^[0-9a-f]{8}$/)
    expect(home.installation).toMatch(/^[0-9a-f]{16}$/)
    expect(lstatSync(home.dir).mode & 0o777).toBe(0o700)
    expect(lstatSync(`${home.dir}/machine.json`).mode & 0o777).toBe(0o600)
    expect(readdirSync(home.dir)).toEqual(['machine.json'])
    const again = openHome(home.dir)
    expect([again.writer, again.installation]).toEqual([home.writer, home.installation])
  })

  it('knows the vaults it was told of and never lowers a sequence', () => {
    using dir = tempDir()
    const home = openHome(dir.path)
    const other = WriterId.parse('0badcafe')
    expect([home.knows(vault), home.lastSeq(vault, home.writer)]).toEqual([false, 0])
    home.remember(vault)
    expect(home.knows(vault)).toBe(true)
    home.remember(vault, { [home.writer]: 7, [other]: 2 })
    home.remember(vault, { [home.writer]: 5 })
    const again = openHome(dir.path)
    expect([again.lastSeq(vault, home.writer), again.lastSeq(vault, other)]).toEqual([7, 2])
    expect(again.lastSeqs(vault)).toEqual(
      new Map([
        [home.writer, 7],
        [other, 2],
      ]),
    )
  })

  it('says when its file is damaged instead of becoming another machine', () => {
    using dir = tempDir()
    openHome(dir.path)
    const before = readFileSync(dir.at('machine.json'), 'utf8')
    writeFileSync(dir.at('machine.json'), before.slice(0, 20))
    expect(() => openHome(dir.path)).toThrow(/machine.json is not what Holdfast wrote/)
    try {
      openHome(dir.path)
    } catch (error) {
      expect(isHoldfastError(error, 'CONFIG_DAMAGED')).toBe(true)
    }
  })

  it('remembers what it only read without taking the vault for its own', () => {
    using dir = tempDir()
    const home = openHome(dir.path)
    home.sawSeqs(vault, new Map([[home.writer, 4]]))
    expect([home.knows(vault), [...home.lastSeqs(vault)]]).toEqual([false, [[home.writer, 4]]])
    home.remember(vault)
    home.sawSeqs(vault, new Map([[home.writer, 3]]))
    expect([home.knows(vault), home.lastSeq(vault, home.writer)]).toEqual([true, 4])
  })

  it('keeps proofs, and passes over a line that a crash cut short', () => {
    using dir = tempDir()
    const home = openHome(dir.path)
    expect(home.lastProof(vault)).toBeUndefined()
    const proof = { kind: 'drill', files: 3, bytes: 9, mismatches: 0 } as const
    const snapshot = SnapshotId.parse('0badcafe-1')
    home.recordProof(vault, { ...proof, snapshot, at: new Date(1000) })
    home.recordProof(vault, { ...proof, snapshot, at: new Date(2000) })
    appendFileSync(dir.at(`vaults/${vault}.proofs.jsonl`), '{"kind":"dr')
    expect(home.lastProof(vault)).toEqual({ ...proof, snapshot, at: new Date(2000) })
    home.recordProof(vault, { ...proof, snapshot, at: new Date(3000) })
    expect(home.lastProof(vault)?.at).toEqual(new Date(3000))
  })
})
