import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { WriterId } from '@holdfast/domain'
import { createSourceTree, systemClock, systemRandom } from '@holdfast/host'
import { createMemoryStore, type MemoryStore } from '@holdfast/testkit'
import { backup, createVault } from '@holdfast/vault'
import type { EntryStat, SourceTree } from '@holdfast/vault/ports'
import { describe, expect, it } from 'vitest'
import { type CommandLine, describeTree, isRoot, openCommandLine } from './command-line.ts'
import { startAgent } from './start-agent.ts'

type Restored = {
  files: number
  already: number
  verified: boolean
  skipped: { path: string; reason: string }[]
}

it('goes on with a restore that was killed, and leaves none of its rests', async () => {
  await using cli = openCommandLine()
  for (let i = 0; i < 60; i += 1) writeTo(cli.at(`photos/${i}.bin`), systemRandom.bytes(700_000))
  await backUp(cli, 'photos')
  const order = ['restore', '--from', 'vault', '--snapshot', 'latest', '--to', 'out']
  const child = cli.start(order)
  const closed = once(child, 'close')
  const isUnderWay = () => existsSync(cli.at('out/photos')) && readdirSync(cli.at('out/photos')).length > 3
  while (!isUnderWay() && child.exitCode === null) await wait(2)
  child.kill('SIGKILL')
  await closed
  const half = readdirSync(cli.at('out/photos')).filter((name) => !name.startsWith('.holdfast-')).length
  const again = await cli.json<Restored>(order)
  expect(again).toMatchObject({
    code: 0,
    document: { files: 60, already: half, verified: true, skipped: [] },
  })
  expect(describeTree(cli.at('out/photos'))).toBe(describeTree(cli.at('photos')))
})

it('keeps to the conflict rule where something else is', async () => {
  await using cli = openCommandLine()
  for (const name of ['same', 'newer', 'older']) writeTo(cli.at(`docs/${name}.txt`), `${name} as it was`)
  utimesSync(cli.at('docs/older.txt'), 1_700_000_000, 1_700_000_000)
  await backUp(cli, 'docs')
  const into = async (conflict: string) => {
    const out = cli.at(conflict)
    await cli.run(['restore', '--from', 'vault', '--snapshot', 'latest', '--to', out])
    writeTo(join(out, 'docs/newer.txt'), 'another')
    utimesSync(join(out, 'docs/newer.txt'), 1_600_000_000, 1_600_000_000)
    writeTo(join(out, 'docs/older.txt'), 'another')
    const order = ['restore', '--from', 'vault', '--snapshot', 'latest', '--to', out, '--conflict', conflict]
    const { code, document } = await cli.json<Restored>(order)
    const files = readdirSync(join(out, 'docs')).sort()
    const contents = files.map((name) => `${name}: ${readFileSync(join(out, 'docs', name), 'utf8')}`)
    return { code, already: document.already, contents }
  }
  const same = 'same.txt: same as it was'
  expect(await into('keep-both')).toEqual({
    ...{ code: 0, already: 1 },
    contents: [
      'newer (restored).txt: newer as it was',
      'newer.txt: another',
      'older (restored).txt: older as it was',
      'older.txt: another',
      same,
    ],
  })
  expect(await into('overwrite')).toMatchObject({
    already: 1,
    contents: ['newer.txt: newer as it was', 'older.txt: older as it was', same],
  })
  expect(await into('skip')).toMatchObject({
    ...{ code: 0, already: 1 },
    contents: ['newer.txt: another', 'older.txt: another', same],
  })
  expect(await into('newer')).toMatchObject({
    ...{ code: 0, already: 1 },
    contents: ['newer.txt: newer as it was', 'older.txt: another', same],
  })
})

it('brings sources to other places, and to other owners', async () => {
  await using cli = openCommandLine()
  writeTo(cli.at('ann/docs/a'), 'a')
  writeTo(cli.at('ann/mail/b'), 'b')
  writeTo(cli.at('etc/c'), 'c')
  await backUp(cli, 'ann/docs', 'ann/mail', 'etc')
  const order = ['restore', '--from', 'vault', '--snapshot', 'latest']
  const owners = isRoot ? ['--owner-map', '0=nobody', '--owner-map', ':0=65534'] : []
  const maps = ['--map', `${cli.at('ann')}=bob`, '--map', `${cli.at('ann/mail')}=bob/.mail`]
  expect(await cli.json(['restore', ...order.slice(1), ...maps, '--to', 'rest', ...owners])).toMatchObject({
    code: 0,
    document: { files: 3, skipped: [] },
  })
  expect(readFileSync(cli.at('bob/docs/a'), 'utf8')).toBe('a')
  expect(readFileSync(cli.at('bob/.mail/b'), 'utf8')).toBe('b')
  expect(readFileSync(cli.at('rest/etc/c'), 'utf8')).toBe('c')
  if (isRoot) expect(statSync(cli.at('bob/docs/a'))).toMatchObject({ uid: 65534, gid: 65534 })
  const wrong = await cli.json([...order, '--map', '/nowhere=here'])
  expect(wrong).toMatchObject({ code: 2, document: { error: { code: 'USAGE' } } })
  const alone = await cli.json([...order, '--map', `${cli.at('etc')}=here`])
  expect(alone).toMatchObject({ code: 3, document: { files: 1 } })
})

describe('a vault made to do harm', () => {
  it('gets nothing out of the target, and the command says so', async () => {
    await using cli = openCommandLine()
    const outside = cli.at('shared/outside')
    mkdirSync(outside)
    writeFileSync(join(outside, 'precious'), 'precious')
    await hostileVault(cli.at('vault'), outside)
    mkdirSync(cli.at('shared/out/docs'), { recursive: true })
    // A link that was there before is no way out either.
    symlinkSync(outside, cli.at('shared/out/docs/mine'))
    const before = describeTree(outside)
    const order = [
      'restore',
      '--from',
      '../vault',
      '--snapshot',
      'latest',
      '--to',
      'out',
      '--conflict',
      'overwrite',
    ]
    const { code, document } = await cli.json<Restored>(order, { cwd: cli.at('shared') })
    expect(code).toBe(3)
    expect(describeTree(outside)).toBe(before)
    expect(readdirSync(cli.at('shared')).sort()).toEqual(['out', 'outside'])
    expect(readdirSync(cli.at('shared/out')).sort()).toEqual(['docs'])
    const refused = document.skipped.map(({ path }) => path).sort()
    expect(refused).toEqual(
      expect.arrayContaining(['docs/../escaped', 'docs/../../escaped', 'docs/link/precious']),
    )
    expect(document.skipped.every(({ reason }) => reason !== '')).toBe(true)
    expect(document.files).toBe(1)
  })
})

it('takes a plan back in its own place through the agent, asks first, and drills it', async () => {
  await using cli = openCommandLine()
  writeTo(cli.at('app/data'), 'good')
  writeTo(cli.at('app/more'), 'more')
  await using _agent = await startAgent(cli)
  await cli.run(['plan', 'add', 'App', 'app', '--to', 'vault', '--manual', '--plain'])
  await cli.run(['run', 'App', '--follow'])
  const before = describeTree(cli.at('app'))
  writeTo(cli.at('app/data'), 'spoiled')
  writeTo(cli.at('app/new/file'), 'new')
  rmSync(cli.at('app/more'))
  const spoiled = describeTree(cli.at('app'))

  const order = ['restore', '--in-place', '--plan', 'App', '--snapshot', 'latest']
  expect(await cli.json(order)).toMatchObject({ code: 2, document: { error: { code: 'USAGE' } } })
  expect(await cli.json([...order, '--dry-run'])).toMatchObject({
    code: 0,
    document: { dryRun: true, added: { entries: 1 }, changed: { entries: 1 }, removed: { entries: 2 } },
  })
  expect(describeTree(cli.at('app'))).toBe(spoiled)
  expect(await cli.json([...order, '--yes'])).toMatchObject({
    code: 0,
    document: { state: 'done', files: 2, removed: 2, skipped: [], aside: null },
  })
  expect(describeTree(cli.at('app'))).toBe(before)
  expect(await cli.json(['restores'])).toMatchObject({
    code: 0,
    document: [{ planId: 'app', state: 'done' }],
  })

  expect(await cli.json(['drill', '--plan', 'App'])).toMatchObject({
    code: 0,
    document: { kind: 'drill', files: 2, mismatches: 0, everythingMs: expect.any(Number) },
  })
  const home = await cli.json<{ plans: { lastDrill: { files: number } }[] }>(['status'])
  expect(home.stdout).toContain('lastDrill')
  expect(home.document.plans[0]?.lastDrill.files).toBe(2)
  expect(readdirSync(cli.at('home/drill'))).toEqual([])
  const edited = await cli.json(['plan', 'edit', 'App', '--drill', 'week'])
  expect(edited).toMatchObject({ code: 0, document: { options: { drill: { every: 'week' } } } })
})

function writeTo(file: string, content: string | Uint8Array): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, content)
}

async function backUp(cli: CommandLine, ...sources: string[]): Promise<void> {
  expect(await cli.run(['vault', 'create', 'vault', '--plain'])).toMatchObject({ code: 0 })
  expect(await cli.run(['backup', ...sources, '--to', 'vault'])).toMatchObject({ code: 0 })
}

/** A sound vault whose list of files is none that a file system could have. */
async function hostileVault(dir: string, outside: string): Promise<void> {
  const [outer, inner] = [createMemoryStore(), createMemoryStore()]
  const cache = { get: () => undefined, put: () => undefined, retain: () => undefined }
  const env = { clock: systemClock, random: systemRandom, cache }
  const vault = await createVault({ outer, openInner: async () => inner }, { kind: 'plain' }, env)
  writeTo(join(dir, '../good'), 'good')
  const request = {
    ...{ writer: WriterId.parse('0123abcd'), installation: '00112233aabbccdd', machine: 'evil' },
    ...{ plan: null, tag: null, lastSeenSeq: 0, dryRun: false },
    sources: [{ label: Buffer.from('docs'), path: Buffer.from('/docs'), excludes: [] }],
  }
  const source = hostileSource(join(dir, '../good'), outside)
  for await (const _ of backup(vault, request, { ...env, source, threads: 0 }));
  const dump = (store: MemoryStore, root: string) => {
    for (const [key, { bytes }] of store.objects) writeTo(join(root, key), bytes)
  }
  dump(outer, dir)
  dump(inner, join(dir, 'v1'))
}

/** Every path is the content of one good file, but for a folder at the top and a link that leads outside. */
function hostileSource(good: string, outside: string): SourceTree {
  // Without the thread that would walk the real disk.
  const { walkAhead: _, ...real } = createSourceTree()
  const names = [
    '../../escaped',
    '../escaped',
    './here',
    '/abs',
    'a',
    'link',
    'link/precious',
    'mine/precious',
  ]
  const kindOf = (path: string): EntryStat['kind'] =>
    path === '/docs' ? 'dir' : path === '/docs/link' ? 'link' : 'file'
  return {
    ...real,
    lstat(path) {
      const found = real.lstat(Buffer.from(good))
      return 'problem' in found ? found : { ...found, kind: kindOf(Buffer.from(path).toString()) }
    },
    names: () => names.map((name) => Buffer.from(name)),
    readLink: () => Buffer.from(outside),
    open: () => real.open(Buffer.from(good)),
  }
}
