import { createMemoryTree, type MemoryTree } from '@holdfast/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import type { SourceTree } from '../ports.ts'
import { createTestVault } from '../test-vault.ts'
import { leaveOut, type Omissions } from './leave-out.ts'
import { survey } from './survey.ts'
import { walk } from './walk.ts'

const TAG = 'Signature: 8a477f597d28d172789f06886806bc55\n# made by a test'

let memory: MemoryTree
beforeEach(() => {
  memory = createMemoryTree()
  memory.mkdir('/docs')
})

function kept(omissions: Partial<Omissions>, tree: SourceTree = memory, root = '/docs'): string[] {
  const exclude = leaveOut({ excludes: [], ...omissions })
  return [...walk(tree, [{ label: 'l', root, exclude }])].map(({ real }) => real)
}

/** The same tree with everything from a path on mounted from elsewhere. */
function mounted(from: string): SourceTree {
  return {
    ...memory,
    lstat(path) {
      const found = memory.lstat(path)
      const at = Buffer.from(path).toString('latin1')
      return 'problem' in found || !(at === from || at.startsWith(`${from}/`))
        ? found
        : { ...found, dev: '2' }
    },
  }
}

describe('what is left out', () => {
  it('is nothing without a rule', () => {
    expect(leaveOut({ excludes: ['', '# a comment'] })).toBeUndefined()
    expect(leaveOut({ excludes: [], skipCacheDirs: false, oneFileSystem: false })).toBeUndefined()
  })

  it('are files with more bytes than the limit, and not one with just as many', () => {
    memory.write('/docs/ten', '0123456789')
    memory.write('/docs/eleven', '0123456789a')
    expect(kept({ maxFileBytes: 10 })).toEqual(['/docs', '/docs/ten'])
  })

  it('are folders whose cache tag has its signature, and no others', () => {
    for (const name of ['cache', 'lookalike', 'short', 'folder']) memory.mkdir(`/docs/${name}`)
    memory.write('/docs/cache/CACHEDIR.TAG', TAG)
    memory.mkdir('/docs/cache/deep')
    memory.write('/docs/cache/deep/file', 'x')
    memory.write('/docs/lookalike/CACHEDIR.TAG', TAG.replace('8a', '8b'))
    memory.write('/docs/short/CACHEDIR.TAG', 'Signature')
    memory.mkdir('/docs/folder/CACHEDIR.TAG')
    memory.write('/docs/rotten/CACHEDIR.TAG', TAG, { problem: 'input/output error' })
    memory.mkdir('/docs/rotten')
    expect(kept({ skipCacheDirs: true })).toEqual([
      ...['/docs', '/docs/folder', '/docs/folder/CACHEDIR.TAG', '/docs/lookalike'],
      ...['/docs/lookalike/CACHEDIR.TAG', '/docs/rotten', '/docs/rotten/CACHEDIR.TAG'],
      ...['/docs/short', '/docs/short/CACHEDIR.TAG'],
    ])
    expect(kept({})).toContain('/docs/cache/deep/file')
  })

  it('is what another file system holds, but not the folder that it is mounted on', () => {
    memory.mkdir('/docs/mnt')
    memory.write('/docs/mnt/far', 'x')
    memory.write('/docs/near', 'x')
    expect(kept({ oneFileSystem: true }, mounted('/docs/mnt'))).toEqual(['/docs', '/docs/mnt', '/docs/near'])
    expect(kept({}, mounted('/docs/mnt'))).toContain('/docs/mnt/far')
  })

  it('is never the root of a source, nor all of one that is mounted while its names are read', () => {
    memory.write('/docs/CACHEDIR.TAG', TAG)
    memory.mkdir('/docs/sub')
    expect(kept({ skipCacheDirs: true })).toContain('/docs/sub')
    let read = false
    const before = mounted('/docs')
    const automount: SourceTree = {
      ...before,
      lstat: (path) => (read ? before : memory).lstat(path),
      names(path) {
        read = true
        return memory.names(path)
      },
    }
    expect(kept({ oneFileSystem: true }, automount)).toContain('/docs/sub')
    expect(kept({ maxFileBytes: 1 }, memory, '/docs/CACHEDIR.TAG')).toEqual(['/docs/CACHEDIR.TAG'])
  })

  it('is not in the snapshot, nor named by it', async () => {
    const t = await createTestVault()
    t.source.write('/docs/small', 'a')
    t.source.write('/docs/large', 'aaaaaaaa')
    t.source.mkdir('/docs/cache')
    t.source.write('/docs/cache/CACHEDIR.TAG', TAG)
    await t.backup()
    const [docs] = [{ label: Buffer.from('docs'), path: Buffer.from('/docs'), excludes: [] }]
    const sources = [{ ...docs, maxFileBytes: 4, skipCacheDirs: true, oneFileSystem: true }]
    expect(await t.backup({ sources })).toMatchObject({ outcome: 'complete', files: 1, filesSkipped: 0 })
    expect([...(await t.restore()).tree.nodes.keys()]).toEqual(['/docs', '/docs/small'])
  })
})

describe('a survey', () => {
  const look = (source: Partial<Omissions>, options: { inside: boolean; avoid?: string[] }) =>
    [
      ...survey(
        memory,
        { excludes: [], path: Buffer.from('/docs'), ...source },
        { inside: options.inside, avoid: new Set(options.avoid ?? []) },
      ),
    ].map(({ real, leftOut, within }) => {
      const why = leftOut === undefined ? 'kept' : leftOut.kind === 'rule' ? leftOut.rule : leftOut.kind
      return `${real.slice('/docs'.length)} ${why}${within ? ' within' : ''}`
    })

  beforeEach(() => {
    memory.mkdir('/docs/build')
    memory.write('/docs/build/a.o', 'aa')
    memory.write('/docs/film.iso', 'aaaaaaaa')
    memory.write('/docs/text', 'a')
    memory.mkdir('/docs/own')
    memory.write('/docs/own/secret', 'a')
  })

  it('names the rule by which each thing is left out, and what lies in a folder with it', () => {
    const source = { excludes: ['# mine', '*.iso', 'build/'] }
    expect(look(source, { inside: true, avoid: ['/docs/own'] })).toEqual([
      ' kept',
      '/build 2',
      '/build/a.o 2 within',
      '/film.iso 1',
      '/text kept',
    ])
  })

  it('meets only what a backup would hold when nothing else is asked', () => {
    expect(look({ excludes: ['build/'], maxFileBytes: 4 }, { inside: false })).toEqual([
      ' kept',
      '/own kept',
      '/own/secret kept',
      '/text kept',
    ])
  })
})
