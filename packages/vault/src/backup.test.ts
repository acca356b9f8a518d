import { WriterId } from '@holdfast/domain'
import { describe, expect, it, vi } from 'vitest'
import { listSnapshots } from './snapshots.ts'
import { createTestVault, seededRandom } from './test-vault.ts'
import { claimWriter } from './vault/claims.ts'

const MIB = 1024 * 1024

describe('a backup', () => {
  it('gives back every entry with its content, mode, times and links', async () => {
    const t = await createTestVault()
    t.source.write('/docs/empty', '')
    t.source.write('/docs/a.txt', 'hello', { mode: 0o4755, mtimeNs: -86_399_123_456_000n })
    t.source.mkdir('/docs/sub', { mode: 0o1700 })
    t.source.mkdir('/docs/sub/empty folder')
    t.source.write('/docs/sub/odd\xff\n"\\name', 'bytes')
    t.source.link('/docs/sub/again.txt', '/docs/a.txt')
    t.source.symlink('/docs/dangling', '../no\xffwhere')
    t.source.node('/docs/pipe', 'fifo')
    t.source.write('/docs/sub-ling', 'sorts after everything in sub')
    const summary = await t.backup()
    const { tree, summary: restored } = await t.restore()
    expect(tree.describe('/docs')).toEqual(t.source.describe('/docs'))
    expect(summary).toMatchObject({ outcome: 'complete', filesNew: 5, filesSkipped: 0 })
    expect(restored).toMatchObject({ files: 5, verified: true, skipped: [] })
  })

  it('keeps big files, their holes and their repeated parts', async () => {
    const t = await createTestVault()
    const noise = seededRandom(7).bytes(3 * MIB)
    t.source.write(
      '/docs/big.bin',
      Buffer.concat([noise, new Uint8Array(20 * MIB), noise, Buffer.from('end')]),
    )
    t.source.write('/docs/disk.img', Buffer.concat([noise, noise, noise]))
    t.source.write('/docs/zeros', new Uint8Array(5 * MIB + 17))
    const summary = await t.backup()
    expect(summary.bytesStored).toBeLessThan(10 * MIB)
    const { tree } = await t.restore()
    expect(tree.describe('/docs')).toEqual(t.source.describe('/docs'))
  })

  it('reads no content and stores one small object when nothing has changed', async () => {
    const t = await createTestVault()
    for (let i = 0; i < 50; i += 1) t.source.write(`/docs/${i}`, `file ${i}`)
    await t.backup()
    const before = t.inner.objects.size
    t.source.opened.length = 0
    const again = await t.backup()
    expect(t.source.opened).toEqual([])
    expect(again).toMatchObject({ filesUnchanged: 50, filesNew: 0, bytesRead: 0 })
    expect(t.inner.objects.size - before).toBe(1)
  })

  it('reads only what was changed, added or renamed', async () => {
    const t = await createTestVault()
    for (const name of ['a', 'b', 'c', 'd']) t.source.write(`/docs/${name}`, `content of ${name}`)
    await t.backup()
    t.source.opened.length = 0
    t.source.write('/docs/b', 'new content')
    t.source.rm('/docs/c')
    t.source.write('/docs/e', 'content of a')
    const again = await t.backup()
    expect(t.source.opened).toEqual(['/docs/b', '/docs/e'])
    expect(again).toMatchObject({ filesChanged: 1, filesNew: 1, filesUnchanged: 2 })
    expect((await t.restore()).tree.describe('/docs')).toEqual(t.source.describe('/docs'))
  })

  it('reads a file again that was changed in the very moment of the last walk', async () => {
    const t = await createTestVault()
    t.wait(60_000)
    t.source.write('/docs/racy', 'one', { ctimeNs: t.env.clock.nowNs() + 60_000_000_000n })
    await t.backup()
    t.source.opened.length = 0
    await t.backup()
    expect(t.source.opened).toEqual(['/docs/racy'])
  })

  it('names what can not be read, keeps the rest, and is incomplete', async () => {
    const t = await createTestVault()
    t.source.write('/docs/good', 'good')
    t.source.write('/docs/secret', 'x', { problem: 'permission denied' })
    t.source.write('/docs/rotten', 'x', { problem: 'input/output error' })
    t.source.mkdir('/docs/closed', { problem: 'permission denied' })
    t.source.node('/docs/socket', 'socket')
    const summary = await t.backup()
    expect(summary.outcome).toBe('incomplete')
    expect(summary.skipped).toEqual([
      { path: 'docs/closed', reason: 'permission denied' },
      { path: 'docs/rotten', reason: 'input/output error' },
      { path: 'docs/secret', reason: 'permission denied' },
    ])
    const { tree, summary: restored } = await t.restore()
    expect([...tree.nodes.keys()].sort()).toEqual(['/docs', '/docs/closed', '/docs/good'])
    expect(restored.skipped).toEqual([])
  })

  it('keeps a file that changes each time it is read, says so, and reads it again next time', async () => {
    const t = await createTestVault()
    t.source.write('/docs/log', 'line\n')
    const node = t.source.nodes.get('/docs/log')
    t.source.onRead = () => {
      if (node !== undefined) node.mtimeNs += 1n
    }
    const events = await t.events()
    expect(events.some((e) => e.type === 'log' && e.text.includes('docs/log kept changing'))).toBe(true)
    t.source.onRead = undefined
    t.source.opened.length = 0
    await t.backup()
    expect(t.source.opened).toEqual(['/docs/log'])
  })

  it('refuses a source that is not there before anything is written', async () => {
    const t = await createTestVault()
    const before = t.inner.objects.size
    await expect(
      t.backup({ sources: [{ label: Buffer.from('x'), path: Buffer.from('/nowhere'), excludes: [] }] }),
    ).rejects.toMatchObject({ code: 'SOURCE_MISSING' })
    expect(t.inner.objects.size).toBe(before)
  })

  it('reads the first time while the claim is on its way, and puts nothing before that stands', async () => {
    const t = await createTestVault()
    t.source.write('/docs/a', 'a')
    const { promise: gate, resolve: open } = Promise.withResolvers<void>()
    const put: string[] = []
    const far = t.through({
      ...t.inner,
      async put(key, body, options) {
        if (key.startsWith('writers/')) await gate
        await t.inner.put(key, body, options)
        put.push(key.slice(0, key.indexOf('/')))
      },
    })
    const run = far.backup()
    await vi.waitUntil(() => t.source.opened.length > 0, { timeout: 60_000 })
    expect(put).toEqual([])
    open()
    await run
    expect(put[0]).toBe('writers')
    expect(put).toContain('packs')
  })

  it.each([1, 0])(
    'puts nothing as a machine that another installation writes as, with %i files',
    async (files) => {
      const t = await createTestVault()
      for (let i = 0; i < files; i += 1) t.source.write(`/docs/${i}`, 'a')
      const writer = WriterId.parse('0123abcd')
      const other = { writer, installation: 'ffffffffffffffff', machine: 'other', takeOver: false }
      await claimWriter(t.vault, other, t.env)
      const before = [...t.inner.objects.keys()]
      await expect(t.backup()).rejects.toMatchObject({ code: 'TAKEN_OVER' })
      expect([...t.inner.objects.keys()]).toEqual(before)
    },
  )

  it('leaves out what a rule names, with everything in it', async () => {
    const t = await createTestVault()
    t.source.write('/docs/keep.txt', 'a')
    t.source.mkdir('/docs/node_modules')
    t.source.write('/docs/node_modules/x.js', 'b')
    t.source.write('/docs/film.iso', 'c')
    const excludes = ['node_modules/', '*.iso']
    await t.backup({ sources: [{ label: Buffer.from('docs'), path: Buffer.from('/docs'), excludes }] })
    expect([...(await t.restore()).tree.nodes.keys()]).toEqual(['/docs', '/docs/keep.txt'])
  })

  it('changes nothing and reads nothing in a dry run', async () => {
    const t = await createTestVault()
    t.source.write('/docs/a', 'a')
    const before = t.inner.objects.size
    expect(await t.backup({ dryRun: true })).toMatchObject({ filesNew: 1, bytesStored: 0 })
    expect([t.inner.objects.size, t.source.opened]).toEqual([before, []])
  })

  it('loses no snapshot when two runs of one machine commit at once', async () => {
    const t = await createTestVault()
    t.source.write('/docs/a', 'a')
    const [one, other] = await Promise.all([t.backup({ tag: 'one' }), t.backup({ tag: 'other' })])
    const ids = (await listSnapshots(t.vault, t.env)).map((snapshot) => `${snapshot.id} ${snapshot.tag}`)
    expect(ids).toContain(`${one.snapshot} one`)
    expect(ids).toContain(`${other.snapshot} other`)
  })

  it('of a second machine with the same files stores no content again', async () => {
    const t = await createTestVault()
    t.source.write('/docs/a', 'a')
    await t.backup()
    const packs = [...t.inner.objects.keys()].filter((key) => key.startsWith('packs/'))
    const second = await t.backup({ writer: WriterId.parse('4567cdef') })
    expect(second.snapshot).toBe('4567cdef-1')
    expect([...t.inner.objects.keys()].filter((key) => key.startsWith('packs/'))).toEqual(packs)
    const { tree } = await t.restore({ snapshot: second.snapshot })
    expect(tree.describe('/docs')).toEqual(t.source.describe('/docs'))
  })
})
