import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ExcludePreview, SourceCount } from '@holdfast/api'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ownerOf, startTestAgent, type TestAgent, temporaryFolder } from './_test-agent.ts'
import { followEvents, makePlan, until, writeTree } from './_test-plan.ts'

let root: AsyncDisposable & { path: string }
let it: TestAgent
let person: string

beforeEach(async () => {
  root = await temporaryFolder()
  person = join(root.path, 'ada')
  await writeTree(person, {
    ...{ 'Documents/letter.txt': 'Dear Ben', 'Documents/node_modules/x.js': 'xx', '.ssh/id': 'key' },
    ...{ '.bashrc': 'PS1=$', '.config/app/settings': 'a=b', 'bin/hello': '#!/bin/sh' },
  })
  // Where dpkg is looked for first, so that the lists are the same on every machine.
  const programs = join(root.path, 'programs')
  await writeTree(programs, { dpkg: '#!/bin/sh\necho "bash install"\n' })
  await chmod(join(programs, 'dpkg'), 0o755)
  const home = join(root.path, 'home')
  it = await startTestAgent({ home, config: { userHome: person, path: `${programs}:${process.env.PATH}` } })
})
afterEach(async () => {
  await it[Symbol.asyncDispose]()
  await root[Symbol.asyncDispose]()
})

/** What a subscription says, to its end. */
function hear<T>(
  subscribe: (on: {
    onData: (data: T) => void
    onError: (error: unknown) => void
    onComplete: () => void
  }) => { unsubscribe(): void },
): Promise<T[]> {
  const { promise, resolve, reject } = Promise.withResolvers<T[]>()
  const heard: T[] = []
  const subscription = subscribe({
    onData: (data) => heard.push(data),
    onError: reject,
    onComplete: () => resolve(heard),
  })
  return promise.finally(() => subscription.unsubscribe())
}

test('the presets of the machine are found, counted, and previewed', async () => {
  const api = ownerOf(it.agent)
  const presets = await api.source.presets.query()
  const ids = presets.map(({ id }) => id)
  expect(ids).toEqual(
    expect.arrayContaining(['documents', 'ssh', 'dotfiles', 'app-settings', 'lists', 'own-programs']),
  )
  const groups = presets
    .filter(({ id }) => ['documents', 'lists'].includes(id))
    .flatMap(({ paths, excludes }) => [{ paths: paths.map(({ path }) => path), excludes: [...excludes] }])
  const counts = await hear<SourceCount>((on) => api.source.count.subscribe({ groups, rules: [] }, on))
  const done = counts.filter((count) => count.done)
  expect(done.map(({ index, problem }) => [index, problem])).toEqual([
    [0, null],
    [1, null],
  ])
  expect(done[0]).toMatchObject({ files: 2, bytes: 10 })
  expect(done[1]?.files).toBeGreaterThan(0)

  const asked = { groups: groups.map(({ paths }) => ({ paths, excludes: [] })), rules: ['node_modules/'] }
  const preview = (await hear<ExcludePreview>((on) => api.source.previewExcludes.subscribe(asked, on))).at(-1)
  expect(preview).toMatchObject({
    rules: [
      {
        ...{ rule: 'node_modules/', files: 1, bytes: 2, folders: 1 },
        examples: [join(person, 'Documents/node_modules/')],
      },
    ],
    done: true,
  })
})

test("nothing of Holdfast's own home is counted in a source around it, and looks do not pile up", async () => {
  const api = ownerOf(it.agent)
  await mkdir(join(it.home, 'cache'), { recursive: true })
  await writeFile(join(it.home, 'cache', 'big'), 'x'.repeat(100_000))
  const asked = { groups: [{ paths: [root.path], excludes: ['/programs/'] }], rules: [] }
  // More often than there are places: each one leaves its own.
  for (let i = 0; i < 6; i += 1) {
    const counts = await hear<SourceCount>((on) => api.source.count.subscribe(asked, on))
    expect(counts.at(-1)).toMatchObject({ done: true, files: 6 })
  }
})

test('lists of what is installed are written anew before a run that holds them, and are in its snapshot', async () => {
  const api = ownerOf(it.agent)
  await api.source.presets.query()
  const dir = join(it.home, 'bootstraps')
  const plan = await makePlan(api, { source: dir, vault: join(root.path, 'vault'), passphrase: null })
  await writeFile(join(dir, 'dpkg-selections.txt'), 'an older one')
  await using events = await followEvents(it.agent)
  await api.run.start.mutate({ planId: plan.id })
  const end = await until(events, (event) => event.type === 'run' && event.run.state === 'finished')
  expect(end).toMatchObject({ run: { outcome: 'complete' } })
  expect(await readFile(join(dir, 'dpkg-selections.txt'), 'utf8')).toBe('bash install\n')
  const [snapshot] = await api.snapshot.list.query({ planId: plan.id })
  const held = await api.snapshot.browse.query({
    ...{ planId: plan.id, snapshot: snapshot?.id ?? '', path: 'bootstraps', limit: 50 },
  })
  expect(held.entries.map(({ name }) => name)).toContain('dpkg-selections.txt')
})

test('what a source leaves out by size and by tag is not in its snapshot, and the plan keeps saying so', async () => {
  const api = ownerOf(it.agent)
  await writeTree(join(root.path, 'src'), {
    ...{ small: 'a', large: 'aaaaaaaa' },
    'cache/CACHEDIR.TAG': 'Signature: 8a477f597d28d172789f06886806bc55',
  })
  const source = { path: join(root.path, 'src'), excludes: [], maxFileBytes: 4, skipCacheDirs: true }
  const plan = await api.plan.create.mutate({
    ...{ name: 'Small', sources: [source], passphrase: null, schedule: { kind: 'manual' } },
    place: { kind: 'folder', path: join(root.path, 'vault') },
  })
  expect((await api.plan.list.query())[0]?.sources).toEqual([source])
  await using events = await followEvents(it.agent)
  await api.run.start.mutate({ planId: plan.id })
  const end = await until(events, (event) => event.type === 'run' && event.run.state === 'finished')
  expect(end).toMatchObject({ run: { outcome: 'complete', summary: { files: 1 } } })
})

test('a folder with more folders than a page is read page by page', async () => {
  const many = join(root.path, 'many')
  await Promise.all(Array.from({ length: 620 }, (_, i) => mkdir(join(many, `f${i}`), { recursive: true })))
  const api = ownerOf(it.agent)
  const first = await api.setup.folders.query({ path: many })
  expect([first.folders.length, first.cut]).toEqual([500, true])
  const rest = await api.setup.folders.query({ path: many, after: first.folders.at(-1)?.name })
  expect([rest.folders.length, rest.cut]).toEqual([120, false])
  const names = [...first.folders, ...rest.folders].map(({ name }) => name)
  expect(new Set(names).size).toBe(620)
})
