import { mkdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { countSources } from './count-sources.ts'
import { previewExcludes } from './preview-excludes.ts'
import { tempDir } from './temp-dir.ts'

const TAG = 'Signature: 8a477f597d28d172789f06886806bc55\n'

function person() {
  const dir = tempDir()
  const write = (name: string, bytes: number | string) => {
    const text = typeof bytes === 'string' ? bytes : 'x'.repeat(bytes)
    mkdirSync(`${dir.path}/${name}`.replace(/\/[^/]*$/, ''), { recursive: true })
    writeFileSync(`${dir.path}/${name}`, text)
  }
  return Object.assign(dir, { write })
}

async function last<T>(all: AsyncIterable<T>): Promise<T | undefined> {
  let seen: T | undefined
  for await (const one of all) seen = one
  return seen
}

describe('counting sources', () => {
  it('tells each one as a backup would hold it, without Holdfast’s own folders', async () => {
    using dir = person()
    dir.write('docs/a', 10)
    dir.write('docs/sub/b', 5)
    dir.write('docs/film.iso', 100)
    dir.write('docs/holdfast/cache', 1000)
    dir.write('pics/one', 7)
    symlinkSync('/', `${dir.path}/pics/everything`)
    const sources = [
      { path: `${dir.path}/docs`, excludes: ['*.iso'] },
      { path: `${dir.path}/gone`, excludes: [] },
      { path: `${dir.path}/pics`, excludes: [], maxFileBytes: 6 },
      { path: `${dir.path}/docs/holdfast`, excludes: [] },
    ]
    const done = []
    for await (const count of countSources(sources, { avoid: [`${dir.path}/docs/holdfast`] }))
      if (count.done) done.push([count.index, count.files, count.bytes, count.problem])
    expect(done).toEqual([
      [0, 2, 15, null],
      [1, 0, 0, 'vanished'],
      [2, 0, 0, null],
      [3, 1, 1000, null],
    ])
  })

  it('says how far it is on the way, and stops when nobody listens or it is cancelled', async () => {
    using dir = person()
    for (let i = 0; i < 200; i += 1) dir.write(`many/${i}`, 1)
    // Long enough that only leaving ends it.
    const sources = Array.from({ length: 5000 }, () => ({ path: `${dir.path}/many`, excludes: [] }))
    for await (const count of countSources(sources, { avoid: [] })) {
      expect(count.index).toBeLessThan(sources.length - 1)
      break
    }
    const stop = new AbortController()
    const counting = (async () => {
      for await (const _ of countSources(sources, { avoid: [], signal: stop.signal })) stop.abort()
    })()
    await expect(counting).rejects.toMatchObject({ name: 'AbortError' })
  })
})

describe('a preview of what is left out', () => {
  it('tells of each rule what it leaves out, with examples, and what is kept', async () => {
    using dir = person()
    dir.write('a/node_modules/x/y.js', 10)
    dir.write('a/node_modules/z.js', 5)
    dir.write('a/keep.txt', 3)
    dir.write('a/big.bin', 50)
    dir.write('a/cache/CACHEDIR.TAG', TAG)
    dir.write('a/cache/page', 20)
    dir.write('b/film.iso', 100)
    dir.write('b/own/secret', 1000)
    const rules = { excludes: ['node_modules/', '*.iso', '*.none'], maxFileBytes: 49, skipCacheDirs: true }
    const sources = ['a', 'b'].map((name) => ({ path: `${dir.path}/${name}`, ...rules }))
    const preview = await last(previewExcludes(sources, { avoid: [`${dir.path}/b/own`] }))
    expect(preview).toEqual({
      kept: { files: 1, bytes: 3 },
      rules: [
        {
          ...{ rule: 'node_modules/', files: 2, bytes: 15, folders: 1 },
          examples: [`${dir.path}/a/node_modules/`],
        },
        { rule: '*.iso', files: 1, bytes: 100, folders: 0, examples: [`${dir.path}/b/film.iso`] },
        { rule: '*.none', files: 0, bytes: 0, folders: 0, examples: [] },
      ],
      larger: { files: 1, bytes: 50, folders: 0, examples: [`${dir.path}/a/big.bin`] },
      caches: { files: 2, bytes: 20 + TAG.length, folders: 1, examples: [`${dir.path}/a/cache/`] },
      fileSystems: { files: 0, bytes: 0, folders: 0, examples: [] },
      done: true,
    })
  })

  it('gives at most five examples, and shows odd names so that they spoil nothing', async () => {
    using dir = person()
    for (let i = 0; i < 9; i += 1) dir.write(`a/${i}.tmp`, 1)
    dir.write('a/0\n.tmp', 1)
    const preview = await last(
      previewExcludes([{ path: `${dir.path}/a`, excludes: ['*.tmp'] }], { avoid: [] }),
    )
    expect(preview?.rules[0]).toMatchObject({ files: 10 })
    expect(preview?.rules[0]?.examples.map((path) => path.slice(dir.path.length))).toEqual([
      ...['/a/0\\x0a.tmp', '/a/0.tmp', '/a/1.tmp', '/a/2.tmp', '/a/3.tmp'],
    ])
  })

  it('tells what is mounted inside a source, and looks at it only when other file systems are wanted', async () => {
    // Everywhere on Linux a file system of its own, whatever the tests run in.
    expect(statSync('/dev/shm').dev).not.toBe(statSync('/dev').dev)
    const name = `/dev/shm/holdfast-test-${process.pid}`
    writeFileSync(name, 'x'.repeat(77))
    try {
      const look = (oneFileSystem: boolean) =>
        last(previewExcludes([{ path: '/dev', excludes: [], oneFileSystem }], { avoid: [] }))
      const [apart, together] = [await look(true), await look(false)]
      expect(apart?.fileSystems.examples).toContain('/dev/shm/')
      expect(together?.fileSystems).toEqual({ files: 0, bytes: 0, folders: 0, examples: [] })
      expect((together?.kept.files ?? 0) - (apart?.kept.files ?? 0)).toBeGreaterThanOrEqual(1)
      expect((together?.kept.bytes ?? 0) - (apart?.kept.bytes ?? 0)).toBeGreaterThanOrEqual(77)
    } finally {
      rmSync(name)
    }
  })
})
