// `npm run bench:find`: how long looking for a name and opening a folder take in a vault with a million files and a
// history, with the vault in memory: what is measured is Holdfast, and the round trips are added by --trip-ms.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { WriterId } from '@holdfast/domain'
import { createFolderCache, systemRandom } from '@holdfast/host'
import { createMemoryStore } from '@holdfast/testkit'
import { backup, browseFolder, buildNameCache, createVault, findEntries } from '@holdfast/vault'
import type { Cache, ObjectStore } from '@holdfast/vault/ports'
import { computedTree } from './computed-tree.ts'

const { values: options } = parseArgs({
  options: {
    files: { type: 'string', default: '1000000' },
    snapshots: { type: 'string', default: '10' },
    'trip-ms': { type: 'string', default: '40' },
  },
})

const dir = mkdtempSync(join(tmpdir(), 'holdfast-find-'))
try {
  await measure(createFolderCache(join(dir, 'cache')))
} finally {
  rmSync(dir, { recursive: true, force: true })
}

async function measure(cache: Cache): Promise<void> {
  let nowMs = 1_790_000_000_000
  const clock = { nowMs: () => nowMs, nowNs: () => BigInt(nowMs) * 1_000_000n }
  const env = { clock, random: systemRandom, cache }
  const [outer, inner] = [createMemoryStore(), createMemoryStore()]
  const vault = await createVault({ outer, openInner: async () => inner }, { kind: 'plain' }, env)
  const wide = 100_000
  const source = computedTree({ wide, folders: Math.max(1, (Number(options.files) - wide) / 100) })
  for (let round = 0; round < Number(options.snapshots); round += 1) {
    nowMs += 86_400_000
    source.round = round
    await timed(`backup ${round + 1}`, () => runBackup())
  }
  const empty = createFolderCache(join(dir, 'empty'))
  await timed('names from the vault itself', () => buildNameCache(vault, { ...env, cache: empty }))
  await timed('names, after the last run', () => buildNameCache(vault, env))
  await timed('names, nothing new', () => buildNameCache(vault, env))
  for (const pattern of [
    'new in round 3',
    '042424',
    '*-042424.pdf',
    'holiday',
    '*.jpg',
    'no such name',
    'folder-00777/',
  ])
    await timed(`first 50 of "${pattern}"`, () => firstRows(pattern, 50))
  await timed('all of "042424" without the names', () =>
    firstRows('042424', 50, { ...env, cache: leavesOnly(cache) }),
  )
  const afar = {
    ...vault,
    store: delayed(inner, Number(options['trip-ms'])),
    outer: delayed(outer, Number(options['trip-ms'])),
  }
  for (const [words, opened] of [
    ['here', vault],
    [`${options['trip-ms']} ms away`, afar],
  ] as const)
    for (const path of ['', 'tree', 'tree/one', 'tree/folder-00777'])
      await timed(`folder "${path}", nothing kept, ${words}`, () =>
        browseFolder(
          opened,
          { snapshot: 'latest', path: Buffer.from(path), limit: 200 },
          { ...env, cache: { get: () => undefined, put: () => undefined, retain: () => undefined } },
        ).then(({ entries }) => entries.length),
      )
  let after: Uint8Array | undefined
  await timed('all 100,000 of one folder, 200 at a time', async () => {
    for (let count = 0; ; ) {
      const page = await browseFolder(
        vault,
        { snapshot: 'latest', path: Buffer.from('tree/one'), after, limit: 200 },
        env,
      )
      count += page.entries.length
      if (!page.more) return count
      after = page.entries.at(-1)?.path
    }
  })

  async function runBackup(): Promise<string | undefined> {
    const request = {
      ...{
        writer: WriterId.parse('0123abcd'),
        installation: '00112233aabbccdd',
        machine: 'bench',
        plan: 'all',
      },
      ...{ tag: null, lastSeenSeq: 0, dryRun: false },
      sources: [{ label: Buffer.from('tree'), path: Buffer.from('/tree'), excludes: [] }],
    }
    for await (const event of backup(vault, request, { ...env, source }))
      if (event.type === 'finished') return event.summary.outcome
    return undefined
  }

  async function firstRows(pattern: string, limit: number, by = env): Promise<number> {
    let rows = 0
    for await (const event of findEntries(vault, { pattern }, by)) {
      if (event.type === 'found') rows += 1
      if (rows === limit) break
    }
    return rows
  }
}

async function timed(what: string, work: () => Promise<unknown>): Promise<void> {
  const from = performance.now()
  const answer = await work()
  console.log(`${what}: ${Math.round(performance.now() - from)} ms ${JSON.stringify(answer)}`)
}

function leavesOnly(cache: Cache): Cache {
  return { ...cache, keys: () => [] }
}

function delayed(store: ObjectStore, tripMs: number): ObjectStore {
  const late = async <T>(work: () => T): Promise<Awaited<T>> => {
    await wait(tripMs)
    return await work()
  }
  return {
    ...store,
    get: (key, given) => late(() => store.get(key, given)),
    stat: (key, given) => late(() => store.stat(key, given)),
    async *list(folder, given) {
      yield* await late(() => store.list(folder, given))
    },
  }
}
