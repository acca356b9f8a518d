import { mkdir, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ownerOf, pairDevice, startTestAgent, type TestAgent, temporaryFolder } from './_test-agent.ts'
import { followEvents, makePlan, until, writeTree } from './_test-plan.ts'

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

let stack: AsyncDisposableStack
let machine: TestAgent
let api: ReturnType<typeof ownerOf>
let planId: Awaited<ReturnType<typeof makePlan>>['id']
let source: string

beforeAll(async () => {
  stack = new AsyncDisposableStack()
  const { path } = stack.use(await temporaryFolder())
  source = join(path, 'photos')
  machine = stack.use(await startTestAgent({ home: join(path, 'home') }))
  api = ownerOf(machine.agent)
  const years = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`2024/img-${10 + i}.txt`, `${i}`]))
  await writeTree(source, { ...years, 'letter.txt': 'Dear Ada,\n', 'gone.txt': 'v1', 'not-a-name.txt': PNG })
  planId = (await makePlan(api, { source, vault: join(path, 'vault'), passphrase: 'correct horse' })).id
  await run()
  await writeFile(join(source, 'gone.txt'), 'version two')
  await run()
  await rm(join(source, 'gone.txt'))
  await writeFile(join(source, 'letter.txt'), 'Dear Ada,\nuntil soon\n')
  await writeFile(join(source, '2024', 'new.txt'), 'new')
  await run()
}, 60_000)

afterAll(() => stack.disposeAsync())

async function run(): Promise<void> {
  await using events = await followEvents(machine.agent)
  await events.next()
  await api.run.start.mutate({ planId })
  await until(events, (event) => event.type === 'run' && event.run.state === 'finished')
}

async function snapshots() {
  const [third, second, first] = await api.snapshot.list.query({ planId })
  if (first === undefined || second === undefined || third === undefined) throw new Error('three runs')
  return { first, second, third }
}

test('a name is found in every snapshot, with what became of it', async () => {
  const { first, second } = await snapshots()
  const { found, after } = await api.find.search.query({ planId, pattern: 'GONE' })
  expect(found).toEqual([expect.objectContaining({ path: 'photos/gone.txt', gone: true, count: 2 })])
  expect([found[0]?.first, found[0]?.last, after]).toEqual([first.id, second.id, null])
})

test('what was found comes page by page', async () => {
  const paths: string[] = []
  for (let after: string | null | undefined; after !== null; ) {
    const page = await api.find.search.query({
      planId,
      pattern: 'img-*.txt',
      limit: 7,
      ...(after && { after }),
    })
    expect(page.found.length).toBeLessThanOrEqual(7)
    paths.push(...page.found.map(({ path }) => path))
    after = page.after
  }
  expect(paths).toEqual(Array.from({ length: 30 }, (_, i) => `photos/2024/img-${10 + i}.txt`))
})

test('the names of a vault are kept in the home after a run, for its user alone', async () => {
  const shards = async () => {
    const names = await readdir(machine.home, { recursive: true })
    return names.filter((name) => /\/names\/\w+$/.test(name))
  }
  await expect.poll(async () => (await shards()).length, { timeout: 10_000 }).toBeGreaterThan(0)
  for (const name of await shards()) expect((await stat(join(machine.home, name))).mode & 0o077).toBe(0)
})

test('the versions of a file are told newest first', async () => {
  const { first, second, third } = await snapshots()
  const versions = await api.find.versions.query({ planId, path: 'photos/gone.txt' })
  expect(versions.map(({ snapshot, change, size }) => [snapshot, change, size])).toEqual([
    [third.id, 'removed', null],
    [second.id, 'changed', 11],
    [first.id, 'added', 2],
  ])
  await expect(api.find.versions.query({ planId, path: 'photos/never' })).rejects.toMatchObject({
    data: { code: 'NOTHING_SELECTED' },
  })
})

test('two snapshots are compared folder by folder, page by page', async () => {
  const { first, third } = await snapshots()
  const asked = { planId, from: first.id, to: third.id }
  const top = await api.find.diff.query({ ...asked, path: '' })
  expect(top.rows).toEqual([expect.objectContaining({ path: 'photos', change: 'within' })])
  expect(top.counts).toMatchObject({
    added: { entries: 1 },
    removed: { entries: 1 },
    changed: { entries: 1 },
  })
  const page = await api.find.diff.query({ ...asked, path: 'photos', limit: 2 })
  expect(page.rows.map(({ name, change }) => `${name} ${change}`)).toEqual([
    '2024 within',
    'gone.txt removed',
  ])
  const next = await api.find.diff.query({ ...asked, path: 'photos', limit: 2, after: page.after ?? '' })
  expect(next.rows.map(({ name, change }) => `${name} ${change}`)).toEqual(['letter.txt changed'])
  expect(next.after).toBeNull()
})

test('what was deleted lately is named with the last snapshot that has it', async () => {
  const { second, third } = await snapshots()
  const deleted = await api.find.deleted.query({ planId })
  expect(deleted).toMatchObject([
    { path: 'photos/gone.txt', size: 11, snapshot: second.id, noticedAt: third.at },
  ])
})

test('a text is shown beside the file as it is now', async () => {
  const { second, third } = await snapshots()
  const ask = (snapshot: typeof second.id, path: string) => api.find.preview.query({ planId, snapshot, path })
  expect(await ask(second.id, 'photos/letter.txt')).toMatchObject({
    kept: { kind: 'text', text: 'Dear Ada,\n', encoding: 'utf-8' },
    now: { kind: 'text', text: 'Dear Ada,\nuntil soon\n' },
  })
  expect((await ask(third.id, 'photos/letter.txt')).now).toEqual({ kind: 'same' })
  expect((await ask(second.id, 'photos/gone.txt')).now).toEqual({ kind: 'missing' })
  expect((await ask(second.id, 'photos/2024')).kept).toMatchObject({ kind: 'none' })
})

test('a live file is never read through a link that leads out of the source', async () => {
  const { first } = await snapshots()
  const aside = join(source, '..', 'aside')
  await mkdir(aside, { recursive: true })
  await writeFile(join(aside, 'img-10.txt'), 'a secret')
  await rm(join(source, '2024'), { recursive: true })
  await symlink(aside, join(source, '2024'))
  const preview = await api.find.preview.query({ planId, snapshot: first.id, path: 'photos/2024/img-10.txt' })
  expect(preview.now).toEqual({ kind: 'missing' })
})

test('a picture is served as what its bytes are, to paired devices only, and nothing in it may run', async () => {
  const { first } = await snapshots()
  const asked = { planId, snapshot: first.id, path: 'photos/not-a-name.txt' }
  const { kept } = await api.find.preview.query(asked)
  if (kept.kind !== 'image') throw new Error(kept.kind)
  expect((await machine.send(kept.source)).status).toBe(401)
  const { cookie } = await pairDevice(machine)
  const answer = await machine.send(kept.source, { headers: { cookie } })
  expect(Buffer.from(await answer.arrayBuffer())).toEqual(PNG)
  const headers = ['content-type', 'x-content-type-options', 'content-security-policy', 'cache-control']
  expect(headers.map((name) => answer.headers.get(name))).toEqual([
    'image/png',
    'nosniff',
    "default-src 'none'; sandbox; frame-ancestors 'none'",
    'no-store',
  ])
  const text = kept.source.replace('not-a-name', 'letter')
  expect((await machine.send(text, { headers: { cookie } })).status).toBe(404)
  const other = await machine.send(kept.source, { headers: { cookie, 'sec-fetch-site': 'cross-site' } })
  expect(other.status).toBe(403)
})
