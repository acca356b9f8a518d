import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sealConfig } from '@holdfast/sealed-config'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ownerOf, startTestAgent, type TestAgent, temporaryFolder } from './_test-agent.ts'
import { followEvents, makePlan, until, writeTree } from './_test-plan.ts'

let root: AsyncDisposable & { path: string }
let it: TestAgent
const userConfig = () => join(root.path, 'rclone.conf')

beforeEach(async () => {
  root = await temporaryFolder()
  const home = join(root.path, 'home')
  it = await startTestAgent({ home, config: { userRcloneConfig: [userConfig()] } })
})
afterEach(async () => {
  await it[Symbol.asyncDispose]()
  await root[Symbol.asyncDispose]()
})

test('the folder picker shows folders only, hidden ones last, and never follows a link', async () => {
  const dir = join(root.path, 'people')
  for (const name of ['Ben', 'ada', '.cache']) await mkdir(join(dir, name), { recursive: true })
  await writeFile(join(dir, 'file.txt'), '')
  await symlink('/', join(dir, 'everything'))
  const listing = await ownerOf(it.agent).setup.folders.query({ path: dir })
  expect(listing.folders.map(({ name }) => name)).toEqual(['ada', 'Ben', '.cache'])
  expect(listing).toMatchObject({ path: dir, parent: root.path, cut: false })
  const failing = ownerOf(it.agent).setup.folders.query({ path: join(dir, 'gone') })
  await expect(failing).rejects.toMatchObject({ data: { code: 'SOURCE_MISSING' } })
})

test('what lies at a place is said before anything is made there', async () => {
  const api = ownerOf(it.agent)
  const at = (path: string) => api.setup.inspectPlace.mutate({ place: { kind: 'folder', path } })
  const dir = join(root.path, 'places')
  await mkdir(join(dir, 'empty'), { recursive: true })
  await writeTree(join(dir, 'full'), { 'letter.txt': 'mine' })
  await writeTree(join(dir, 'source'), { 'a.txt': 'x' })
  await makePlan(api, { source: join(dir, 'source'), vault: join(dir, 'vault'), passphrase: 'correct horse' })
  expect(await at(join(dir, 'new'))).toEqual({ kind: 'new' })
  expect(await at(join(dir, 'empty'))).toEqual({ kind: 'empty' })
  expect(await at(join(dir, 'full'))).toEqual({ kind: 'occupied', examples: ['letter.txt'] })
  expect(await at(join(dir, 'vault'))).toEqual({ kind: 'vault', encrypted: true, snapshots: null })
  await writeTree(join(dir, 'deep'), { 'a/b/letter.txt': 'mine' })
  expect(await at(join(dir, 'deep'))).toEqual({ kind: 'occupied', examples: ['a/b/letter.txt'] })
  // A place with more in it than anybody can list.
  expect(await at('/proc')).toMatchObject({ kind: 'occupied' })
  const remote = await api.setup.inspectPlace.mutate({ place: { kind: 'remote', remote: 'nas', path: 'x' } })
  expect(remote).toMatchObject({ kind: 'unreachable' })
})

test('a passphrase is tried on the vault that is there, and nothing is kept of it', async () => {
  const api = ownerOf(it.agent)
  const dir = join(root.path, 'places')
  await writeTree(join(dir, 'source'), { 'a.txt': 'x' })
  await makePlan(api, { source: join(dir, 'source'), vault: join(dir, 'vault'), passphrase: 'correct horse' })
  const attempt = (name: string, passphrase: string) =>
    api.setup.tryPassphrase.mutate({ place: { kind: 'folder', path: join(dir, name) }, passphrase })
  expect(await attempt('vault', 'correct horse')).toEqual({ snapshots: 0 })
  await expect(attempt('vault', 'canary battery')).rejects.toMatchObject({ data: { code: 'LOCKED' } })
  await expect(attempt('source', 'correct horse')).rejects.toMatchObject({ data: { code: 'NOT_A_VAULT' } })
  expect(await api.setup.remotes.query()).toEqual([])
  expect(JSON.stringify(it.logs)).not.toContain('canary')
})

test("a remote of the user's own config, with all it is built upon, is taken over for a plan and works", async () => {
  const disk = join(root.path, 'disk')
  await mkdir(disk)
  await writeFile(
    userConfig(),
    `[base]\ntype = alias\nremote = ${disk}\n\n[nas]\ntype = alias\nremote = base:cellar\n\n[other]\ntype = memory\n`,
  )
  const api = ownerOf(it.agent)
  const names = (await api.setup.remotes.query()).map(({ name }) => name)
  expect(names.sort()).toEqual(['base', 'nas', 'other'])
  await writeTree(join(root.path, 'source'), { 'a.txt': 'hello' })
  const plan = await api.plan.create.mutate({
    name: 'Away',
    sources: [{ path: join(root.path, 'source'), excludes: [] }],
    place: { kind: 'remote', remote: 'nas', path: 'vaults/one' },
    passphrase: 'correct horse',
    schedule: { kind: 'manual' },
  })
  // The plan lives on the agent's own sealed copy.
  await writeFile(userConfig(), '')
  await using events = await followEvents(it.agent)
  await api.run.start.mutate({ planId: plan.id })
  const end = await until(events, (event) => event.type === 'run' && event.run.state === 'finished')
  expect(end).toMatchObject({ run: { outcome: 'complete', proof: { mismatches: 0 } } })
  expect(await api.snapshot.list.query({ planId: plan.id })).toHaveLength(1)
  expect((await api.setup.remotes.query()).map(({ name }) => name)).toEqual(['base', 'nas'])
})

test("an encrypted config of the user's is said, not asked about", async () => {
  await writeFile(userConfig(), sealConfig('[nas]\ntype = memory\n', 'secret', new Uint8Array(24)))
  const place = { kind: 'remote', remote: 'nas', path: 'x' } as const
  const found = await ownerOf(it.agent).setup.inspectPlace.mutate({ place })
  expect(found).toMatchObject({ kind: 'unreachable', message: expect.stringContaining('encrypted') })
})

test('a paused plan has no next time, and resumed it has one again', async () => {
  const api = ownerOf(it.agent)
  await writeTree(join(root.path, 'source'), { 'a.txt': 'x' })
  const plan = await api.plan.create.mutate({
    name: 'Daily',
    sources: [{ path: join(root.path, 'source'), excludes: [] }],
    place: { kind: 'folder', path: join(root.path, 'vault') },
    passphrase: null,
    schedule: { kind: 'cron', cron: '0 2 * * *', timeZone: 'UTC' },
  })
  const next = async () => (await api.home.query({ timeZone: 'UTC' })).plans[0]?.nextDueAt
  expect(await next()).toBeDefined()
  await api.plan.setPaused.mutate({ id: plan.id, paused: true })
  expect(await next()).toBeUndefined()
  await api.plan.setPaused.mutate({ id: plan.id, paused: false })
  expect(await next()).toBeDefined()
})
