import { execFileSync } from 'node:child_process'
import { DAY_MS } from '@holdfast/domain'
import { createMemoryTree } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import { TAR_END, tarHeader, tarLinkHeader } from '../pack/tar-member.ts'
import type { ObjectStore } from '../ports.ts'
import { prune } from '../prune.ts'
import { toBytePath } from '../scan/path-order.ts'
import { sealJson } from '../snapshot/sealed-json.ts'
import { createTestCopy } from '../test-copy.ts'
import { createTestVault, type TestVault } from '../test-vault.ts'
import { listPrograms, objectsOf } from './list-programs.ts'
import type { ProgramEntry } from './program-entry.ts'
import { manifestKey, parseProgramKey, readProgramManifest } from './program-format.ts'
import { putProgram } from './put-program.ts'
import { takeProgram } from './take-program.ts'
import { createProgramUnpacker } from './unpack-program.ts'

const FACTS = { version: '0.1.0', platform: 'linux', arch: 'x64', node: '24.0.0', rclone: '1.60.1' }
const LONG = `${'deep/'.repeat(30)}name.js`

/** Some 20 MB that do not shrink, so that there are two chunks. */
function program(t: TestVault, text = 'one'): ProgramEntry[] {
  t.source.mkdir('/program')
  t.source.write('/program/node', noise(20_000_000))
  t.source.write('/program/main.ts', Buffer.from(text))
  t.source.write('/program/empty', new Uint8Array(0))
  const file = (name: string, path: string, executable = false): ProgramEntry => ({
    ...{ kind: 'file', name, path: Buffer.from(`/program/${path}`), executable },
  })
  return [
    file('bin/node', 'node', true),
    file('apps/main.ts', 'main.ts'),
    file('empty', 'empty'),
    file(LONG, 'main.ts'),
    { kind: 'text', name: 'holdfast', text: '#!/bin/sh\n', executable: true },
    { kind: 'link', name: 'node_modules/.bin/node', target: '../../bin/node' },
  ]
}

function noise(length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  let state = 7
  for (let i = 0; i < length; i += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    bytes[i] = state >>> 24
  }
  return bytes
}

const put = (t: TestVault, entries: ProgramEntry[], facts = FACTS) =>
  putProgram(t.vault, { program: facts, entries }, { ...t.env, source: t.source })

async function taken(t: TestVault) {
  const { programs } = await listPrograms(t.vault, t.env)
  const [newest] = programs
  if (newest === undefined) throw new Error('there is no program')
  const target = createMemoryTree()
  const summary = await takeProgram(t.vault, newest, { ...t.env, target })
  return { newest, target, summary }
}

const text = (tree: ReturnType<typeof createMemoryTree>, path: string) =>
  Buffer.from(bytesAt(tree, path)).toString('utf8')
const bytesAt = (tree: ReturnType<typeof createMemoryTree>, path: string) =>
  tree.nodes.get(path)?.content ?? new Uint8Array(0)

describe('the chunks of a program', () => {
  it('are one archive for zstd and tar, joined in the order of their names', async () => {
    const t = await createTestVault()
    await put(t, program(t))
    const chunks = [...t.inner.objects]
      .filter(([key]) => parseProgramKey(key)?.kind === 'chunk')
      .sort(([a], [b]) => (a < b ? -1 : 1))
    const tar = execFileSync('zstd', ['-dc'], {
      input: Buffer.concat(chunks.map(([, { bytes }]) => bytes)),
      maxBuffer: 1e8,
    })
    const names = execFileSync('tar', ['-tf', '-'], { input: tar, encoding: 'utf8' }).trim().split('\n')
    expect(names.sort()).toEqual(
      program(t)
        .map(({ name }) => `holdfast/${name}`)
        .sort(),
    )
  })
})

describe('a program in a vault', () => {
  it('comes out as it was put in, with its links, modes and long names', async () => {
    const t = await createTestVault()
    const { stored } = await put(t, program(t))
    expect(stored.objects).toBe(3)
    const { newest, target, summary } = await taken(t)
    expect(newest).toMatchObject({ ...FACTS, files: 6, damaged: [] })
    expect(newest.set).toMatch(/^0\.1\.0-linux-x64-[0-9a-f]{16}$/)
    expect(summary.files).toBe(6)
    expect(Buffer.from(bytesAt(target, '/bin/node')).equals(noise(20_000_000))).toBe(true)
    expect(text(target, `/${LONG}`)).toBe('one')
    expect(text(target, '/holdfast')).toBe('#!/bin/sh\n')
    expect(target.nodes.get('/holdfast')).toMatchObject({ kind: 'file', mode: 0o755 })
    expect(target.nodes.get('/empty')).toMatchObject({ kind: 'file', mode: 0o644 })
    const link = target.nodes.get('/node_modules/.bin/node')
    expect(Buffer.from(link?.target ?? []).toString()).toBe('../../bin/node')
  })

  it('is stored once, and again only when something in it is another', async () => {
    const t = await createTestVault()
    await put(t, program(t))
    const before = [...t.inner.objects.keys()]
    expect((await put(t, program(t).reverse())).stored).toEqual({ objects: 0, bytes: 0 })
    expect([...t.inner.objects.keys()]).toEqual(before)
    t.wait(1000)
    expect((await put(t, program(t, 'two'))).stored.objects).toBe(3)
    expect(text((await taken(t)).target, '/apps/main.ts')).toBe('two')
  })

  it('can be cut off at every put, and the next one goes on where it stopped', async () => {
    const made = await createTestVault()
    const entries = program(made)
    for (let puts = 0; puts < 3; puts += 1) {
      const t = made.fork({ through: (inner) => stopAfter(inner, puts) })
      await expect(put(t, entries)).rejects.toThrow('cut off')
      const after = t.healed()
      expect((await listPrograms(after.vault, after.env)).programs).toEqual([])
      expect((await after.check()).damaged.map(({ kind }) => kind)).toEqual(puts === 2 ? ['program'] : [])
      // The one that was cut short is stored anew, the whole ones before it are not.
      expect((await put(after, entries)).stored.objects).toBe(3 - puts)
      expect((await taken(after)).summary.files).toBe(6)
      expect(await after.check()).toMatchObject({ ok: true, damaged: [], garbage: [expect.any(String)] })
    }
  })

  it('is refused when a chunk was cut, changed or lost, and a check names the chunk', async () => {
    const made = await createTestVault()
    await put(made, program(made))
    const chunk = [...made.inner.objects.keys()].find((key) => key.includes('/c0001-')) ?? ''
    const bytes = made.inner.objects.get(chunk)?.bytes ?? new Uint8Array(0)
    const flipped = Uint8Array.from(bytes, (byte, i) => (i === 1000 ? byte ^ 1 : byte))
    for (const [name, damaged, read] of [
      ['cut', bytes.subarray(0, 5000), 'none'],
      ['changed', flipped, 'all'],
      ['lost', undefined, 'none'],
    ] as const) {
      const t = made.fork()
      if (damaged === undefined) t.inner.objects.delete(chunk)
      else t.inner.objects.set(chunk, { bytes: damaged, modifiedAtMs: 0 })
      const { ok, damaged: found } = await t.check({ kind: read })
      expect({ name, ok, found: found.map(({ object, kind }) => [object, kind]) }).toEqual({
        ...{ name, ok: false, found: [[chunk, 'program']] },
      })
      await expect(taken(t)).rejects.toMatchObject({ code: 'VAULT_DAMAGED' })
      // Stored again it is whole, and what is damaged is a leftover.
      t.wait(1000)
      const again = { program: FACTS, entries: program(t), distrust: true }
      await putProgram(t.vault, again, { ...t.env, source: t.source })
      expect(await t.check()).toMatchObject({ ok: true })
      expect((await taken(t)).summary.files).toBe(6)
    }
  })

  it('whose manifest promises what can not be is not looked at any further', async () => {
    const t = await createTestVault()
    await put(t, program(t))
    const { key, manifest, set } = (await taken(t)).newest
    const [first, ...rest] = manifest.chunks
    if (first === undefined) throw new Error('there is no chunk')
    const forge = (change: object) =>
      writeUnchecked(key, { ...manifest, ...change }, t.vault.keys.settings.mac)
    for (const [name, change] of Object.entries({
      'a name that leaves its folder': { chunks: [{ ...first, name: '../../vault.json' }, ...rest] },
      'a set of another name': { set: `${set.slice(0, -1)}0` },
      'a chunk that opens to terabytes': { chunks: [{ ...first, frames: [[first.size, 2 ** 42]] }, ...rest] },
      'sums that do not add up': { rawBytes: manifest.rawBytes + 1 },
      'no chunk': { chunks: [], bytes: 1, rawBytes: 1 },
      'another vault': { vault: 'ff'.repeat(16) },
    }))
      expect(() => readProgramManifest(key, forge(change), t.vault), name).toThrow(/VAULT_DAMAGED|shape/)
    expect(() => readProgramManifest(key, forge({ version: 2 }), t.vault)).toThrow(/newer/)
    expect(readProgramManifest(key, forge({}), t.vault)).toEqual(manifest)
    const other = manifestKey(set, 'ffff')
    expect(() => readProgramManifest(other, forge({}), t.vault)).toThrow(/not its own/)
  })

  it('keeps no file that its archive names outside the folder', async () => {
    for (const name of ['holdfast/../evil', '/etc/evil', 'evil', 'holdfast//evil', 'holdfast/./evil']) {
      const target = createMemoryTree()
      const unpacker = createProgramUnpacker(target)
      const archive = Buffer.concat([tarHeader(toBytePath(Buffer.from(name)), 0, 1, 0o644), TAR_END])
      expect(() => unpacker.write(archive), name).toThrow(/leaves its folder/)
      expect(target.nodes.size).toBe(0)
    }
    for (const link of ['/etc', '..', 'a/../../..']) {
      const archive = tarLinkHeader(toBytePath(Buffer.from('holdfast/link')), link, 1)
      expect(() => createProgramUnpacker(createMemoryTree()).write(archive), link).toThrow(
        /leaves its folder/,
      )
    }
  })

  it('of which two newer ones are there goes with a prune after the grace, and leftovers after a day', async () => {
    const t = await createTestVault()
    await t.backup()
    t.source.mkdir('/program')
    const small = (text: string): ProgramEntry[] => [{ kind: 'text', name: 'a', text, executable: false }]
    const sets: string[] = []
    for (const text of ['1', '2', '3', '4']) {
      t.wait(60_000)
      sets.unshift((await put(t, small(text))).program.set)
    }
    const mac = (await put(t, small('mac'), { ...FACTS, platform: 'darwin' })).program.set
    const leftover = `program/${sets[0]}/c0007-${'ab'.repeat(16)}-0001.zst`
    await t.inner.put(leftover, Buffer.from('cut'))
    const there = async () => (await listPrograms(t.vault, t.env)).programs.map(({ set }) => set)
    await pruned(t)
    expect(await there()).toHaveLength(5)
    t.wait(3 * DAY_MS)
    expect(await pruned(t, { dryRun: true })).toMatchObject({ programs: { sets: 2 } })
    expect(await there()).toHaveLength(5)
    expect(await pruned(t)).toMatchObject({ programs: { sets: 2 } })
    expect((await there()).sort()).toEqual([mac, ...sets.slice(0, 2)].sort())
    expect(t.inner.objects.has(leftover)).toBe(false)
    expect(await t.check()).toMatchObject({ ok: true, garbage: [] })
  })

  it('goes along into a second copy, manifest last, and goes from it after the vault', async () => {
    const t = await createTestVault()
    await t.backup()
    await put(t, program(t))
    const carried: string[] = []
    const copy = createTestCopy(t, { before: (_, key) => (carried.push(key) > 0 ? 'go' : 'stop') })
    expect(await copy.run()).toMatchObject({ ok: true })
    expect(carried.slice(-3).map((key) => parseProgramKey(key)?.kind)).toEqual(['chunk', 'chunk', 'manifest'])
    const [old] = (await listPrograms(t.vault, t.env)).programs
    t.wait(1000)
    await put(t, [{ kind: 'text', name: 'a', text: 'new', executable: false }])
    for (const key of old === undefined ? [] : objectsOf(old)) await t.inner.delete(key)
    expect(await copy.run()).toMatchObject({ ok: true, heldBack: null, deleted: { objects: 3 } })
    const left = [...copy.inner.objects.keys()].filter((key) => key.startsWith('program/'))
    expect(left).toHaveLength(2)
    // A vault that shows none at all takes none away.
    for (const key of left) await t.inner.delete(key)
    await copy.run()
    expect([...copy.inner.objects.keys()].filter((key) => key.startsWith('program/'))).toEqual(left)
  })
})

const KEEP = { last: 10, hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0, withinMs: null }

async function pruned(t: TestVault, over: { dryRun?: boolean } = {}) {
  const request = {
    ...{ keep: KEEP, machine: undefined, plan: undefined, installation: '00112233aabbccdd' },
    ...{
      graceMs: 2 * DAY_MS,
      allowLarge: false,
      takeOver: false,
      dryRun: false,
      timeZone: 'UTC',
      known: new Map(),
    },
    ...over,
  }
  for await (const event of prune(t.vault, request, t.env))
    if (event.type === 'finished') return event.summary
  throw new Error('the prune did not finish')
}

/** Fails every put after some, and leaves half of the first that fails. */
function stopAfter(store: ObjectStore, puts: number): ObjectStore {
  let done = 0
  return {
    ...store,
    put: async (key, body, options) => {
      done += 1
      if (done <= puts) return await store.put(key, body, options)
      if (done === puts + 1) await store.put(key, body.subarray(0, body.length >> 1), options)
      throw new Error('cut off')
    },
  }
}

function writeUnchecked(key: string, manifest: object, mac: Uint8Array): Uint8Array {
  return sealJson(key, JSON.stringify(manifest), mac)
}
