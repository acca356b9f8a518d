import { isHoldfastError, SnapshotId } from '@holdfast/domain'
import { describe, expect, it } from 'vitest'
import { browseFolder, listEntries } from '../snapshot/list-entries.ts'
import { snapshotKey } from '../snapshot/snapshot-format.ts'
import { listSnapshots } from '../snapshots.ts'
import { FORGER, forge, vaultWithFile } from './test-forge.ts'

describe('somebody who holds the keys and means harm', () => {
  it('does not make a check or a backup count to ten thousand millions', async () => {
    const t = await vaultWithFile()
    const key = await forge(t, { seq: 9_999_999_999 })
    expect((await t.check({ kind: 'none' })).ok).toBe(false)
    expect((await listSnapshots(t.vault, t.env)).length).toBe(2)
    expect((await t.restore({ snapshot: SnapshotId.parse('0123abcd-1') })).summary.files).toBe(1)
    await expect(t.backup()).rejects.toMatchObject({ code: 'VAULT_DAMAGED' })
    t.inner.objects.delete(key)
    expect((await t.backup()).snapshot).toBe('0123abcd-2')
  })

  it('does not use up the numbers of snapshots by a name without a snapshot', async () => {
    const t = await vaultWithFile()
    const key = snapshotKey(FORGER, 9_999_999_999, new Date(0), '0000')
    t.inner.objects.set(key, { bytes: Buffer.from('nothing'), modifiedAtMs: 0 })
    expect((await t.backup()).snapshot).toBe('0123abcd-2')
    expect((await t.restore()).summary.verified).toBe(true)
  })

  it('does not make a list go round in circles', async () => {
    const t = await vaultWithFile()
    const line = (path: string) => `{"p":"${path}","t":"p","m":420,"u":0,"g":0,"mt":"0","ct":"0","i":"1"}\n`
    const inB = Array.from({ length: 4000 }, (_, i) => line(`docs/b/${i}`)).join('')
    await forge(t, { seq: 2, manifest: line('docs/z') + inB + line('docs/b/x').repeat(10) })
    const query = { snapshot: SnapshotId.parse('0123abcd-2'), path: Buffer.from('docs') }
    const lists = async () => {
      for await (const _ of listEntries(t.vault, { ...query, recursive: false }, t.env));
      await browseFolder(t.vault, { ...query, limit: 10 }, t.env)
    }
    await expect(lists()).rejects.toMatchObject({ code: 'VAULT_DAMAGED' })
  })

  it.each([
    ['a path that leaves the target', '"p":"docs/../../x","t":"p"'],
    ['an absolute path', '"p":"/etc/passwd","t":"p"'],
    ['an empty path', '"p":"","t":"p"'],
    ['a NUL in a path', '"p":"docs/a\\u0000b","t":"p"'],
    ['a file that is its own folder', '"p":"docs","t":"f","s":0'],
    ['a content list that is none', `"p":"docs/a","t":"f","s":5,"cl":["${'ab'.repeat(32)}"]`],
    ['a piece that nobody has', `"p":"docs/a","t":"f","s":5,"c":"${'ab'.repeat(32)}"`],
  ])('puts nothing elsewhere by %s', async (_, fields) => {
    const t = await vaultWithFile()
    const rest = '"m":420,"u":0,"g":0,"mt":"0","ct":"0","i":"1"'
    await forge(t, { seq: 2, manifest: `{${fields},${rest}}\n` })
    try {
      const { tree, summary } = await t.restore({ snapshot: SnapshotId.parse('0123abcd-2') })
      expect(summary.skipped.length + summary.files).toBe(1)
      expect([...tree.nodes.keys()].filter((path) => !path.startsWith('/docs'))).toEqual([])
    } catch (error) {
      expect(isHoldfastError(error, 'VAULT_DAMAGED')).toBe(true)
    }
  })
})
