import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  appendFileSync,
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { DAY_MS, PlanId, type Restore, Run } from '@holdfast/domain'
import { describe, expect, test } from 'vitest'
import { clientOf, ownerOf, pairDevice, startTestAgent, temporaryFolder } from './_test-agent.ts'
import { makePlan, writeTree } from './_test-plan.ts'

type Api = ReturnType<typeof ownerOf>

describe('going back in time in place', () => {
  test('after a broken migration the tree is the earlier tree exactly, and it can be undone', async () => {
    await using folder = await temporaryFolder()
    await using test = await startTestAgent({ home: join(folder.path, 'home') })
    const api = ownerOf(test.agent)
    const source = join(folder.path, 'app')
    makeApp(source)
    // The vault lies in the source and is none of its files.
    const plan = await makePlan(api, { source, vault: join(source, 'backups'), passphrase: 'correct horse' })
    await runToEnd(api, plan.id)
    const [then] = await api.snapshot.list.query({ planId: plan.id })
    const before = listing(source)
    migrateBadly(source)
    const migrated = listing(source)
    const moment = { planId: plan.id, snapshot: then?.id ?? '' }

    const preview = await api.restore.previewRewind.query(moment)
    expect(preview).toMatchObject({ added: { entries: 3 }, changed: { entries: 4 }, removed: { entries: 4 } })
    expect(listing(source)).toEqual(migrated)

    const restore = await ended(api, await api.restore.rewind.mutate({ ...moment, aside: true }))
    expect(restore).toMatchObject({ state: 'done', skipped: [], rewind: { removed: { entries: 4 } } })
    expect(listing(source)).toEqual(before)

    const aside = `${source}.${restore.rewind?.aside}`
    expect(readFileSync(join(aside, 'new/deep/report.csv'), 'utf8')).toBe('made by the migration')
    expect(readFileSync(join(aside, 'data.db'), 'utf8')).toMatch(/^spoiled/)
    const back = { planId: plan.id, snapshot: restore.rewind?.now ?? '', aside: false }
    expect(await ended(api, await api.restore.rewind.mutate(back))).toMatchObject({
      state: 'done',
      skipped: [],
    })
    expect(listing(source)).toEqual(migrated)

    const acts = await api.restore.list.query({ limit: 10 })
    expect(acts.map(({ rewind }) => rewind?.aside === null)).toEqual([true, false])
  })

  test('nothing is touched when there is no snapshot of now', async () => {
    await using folder = await temporaryFolder()
    await using test = await startTestAgent({ home: join(folder.path, 'home') })
    const api = ownerOf(test.agent)
    const source = join(folder.path, 'app')
    makeApp(source)
    const vault = join(folder.path, 'vault')
    const plan = await makePlan(api, { source, vault, passphrase: null })
    await runToEnd(api, plan.id)
    const [then] = await api.snapshot.list.query({ planId: plan.id })
    migrateBadly(source)
    const migrated = listing(source)
    writeFileSync(join(vault, 'v1', 'packs-blocked'), '')
    rmSync(join(vault, 'v1', 'packs'), { recursive: true })
    writeFileSync(join(vault, 'v1', 'packs'), 'a file where packs should go')
    const moment = { planId: plan.id, snapshot: then?.id ?? '', aside: false }
    const restore = await ended(api, await api.restore.rewind.mutate(moment))
    expect(restore).toMatchObject({ state: 'failed', error: { code: expect.any(String) } })
    expect(listing(source)).toEqual(migrated)
  })
})

test('a restore whose agent is killed is remembered and gone on with', async () => {
  await using folder = await temporaryFolder()
  const source = join(folder.path, 'photos')
  const home = join(folder.path, 'home')
  const target = join(folder.path, 'back')
  await writeTree(source, { 'a.bin': noise(3_000_000, 1), 'b.bin': noise(3_000_000, 2), 'c.txt': 'c' })
  let id = ''
  {
    await using test = await startTestAgent({ home })
    const api = ownerOf(test.agent)
    const plan = await makePlan(api, { source, vault: join(folder.path, 'vault'), passphrase: null })
    await runToEnd(api, plan.id)
    const [snapshot] = await api.snapshot.list.query({ planId: plan.id })
    const request = { planId: plan.id, snapshot: snapshot?.id ?? '', paths: [], targetDir: target }
    const restore = await ended(api, await api.restore.start.mutate(request))
    expect(restore).toMatchObject({ state: 'done', filesDone: 3, filesAlready: 0 })
    id = restore.id
  }
  // What a kill in the middle leaves: a row that says "running", a file half there, and one not there.
  rmSync(join(target, 'photos', 'b.bin'))
  writeFileSync(join(target, 'photos', partNameOf('b.bin')), 'half')
  setState(join(home, 'holdfast.db'), id, 'running')
  await using test = await startTestAgent({ home })
  const api = ownerOf(test.agent)
  expect(await api.restore.get.query({ id })).toMatchObject({
    state: 'failed',
    error: { code: 'ENGINE_DIED' },
  })
  const again = await ended(api, await api.restore.again.mutate({ id }))
  expect(again).toMatchObject({ state: 'done', filesDone: 3, filesAlready: 2, skipped: [] })
  expect(readdirSync(join(target, 'photos'))).toEqual(['a.bin', 'b.bin', 'c.txt'])
  expect(hashOf(join(target, 'photos', 'b.bin'))).toBe(hashOf(join(source, 'b.bin')))
})

test('a drill comes by itself when a month has passed, after a run, and is the plan’s proof', async () => {
  await using folder = await temporaryFolder()
  const source = join(folder.path, 'photos')
  await writeTree(source, { 'a.bin': noise(300_000, 1), 'b.txt': 'b' })
  let days = 0
  const clock = {
    nowMs: () => Date.now() + days * DAY_MS,
    nowNs: () => BigInt(Date.now() + days * DAY_MS) * 1_000_000n,
  }
  const home = join(folder.path, 'home')
  await using test = await startTestAgent({ home, overrides: { clock } })
  const api = ownerOf(test.agent)
  const plan = await makePlan(api, { source, vault: join(folder.path, 'vault'), passphrase: null })
  const cardOf = async () => (await api.home.query({ timeZone: 'UTC' })).plans[0]
  await runToEnd(api, plan.id)
  expect(await cardOf()).toMatchObject({ lastProof: { kind: 'first-file' } })
  days = 29
  await runToEnd(api, plan.id)
  expect(await api.drill.get.query({ planId: plan.id })).toBe(null)
  days = 31
  await runToEnd(api, plan.id)
  for (;;) {
    const drill = await api.drill.get.query({ planId: plan.id })
    if (drill !== null && drill.state !== 'running') {
      expect(drill).toMatchObject({ state: 'done', error: null, mismatched: [] })
      break
    }
    await wait(20)
  }
  const card = await cardOf()
  expect(card?.lastDrill).toMatchObject({ kind: 'drill', files: 2, mismatches: 0 })
  expect(card?.lastDrill?.everythingMs).toBeGreaterThan(0)
  expect(readdirSync(join(home, 'drill'))).toEqual([])
})

describe('a download', () => {
  test('brings one file, or a range of it, and a selection as a zip', async () => {
    await using folder = await temporaryFolder()
    await using test = await startTestAgent({ home: join(folder.path, 'home') })
    const api = ownerOf(test.agent)
    const odd = 'Ärger "quoted"; name=%00.txt'
    const source = join(folder.path, 'docs')
    const big = noise(5_000_000, 3)
    await writeTree(source, { 'big.bin': big, [odd]: 'odd', 'sub/a.txt': 'a', 'sub/empty': '' })
    symlinkSync('a.txt', join(source, 'sub/link'))
    const plan = await makePlan(api, {
      source,
      vault: join(folder.path, 'vault'),
      passphrase: 'correct horse',
    })
    await runToEnd(api, plan.id)
    const [snapshot] = await api.snapshot.list.query({ planId: plan.id })
    const link = (...paths: string[]) =>
      api.restore.download.mutate({ planId: plan.id, snapshot: snapshot?.id ?? '', paths })
    const signedIn = { authorization: `Bearer ${test.agent.token}` }
    const get = async ({ url }: { url: string }, headers: Record<string, string> = {}, method = 'GET') => {
      const response = await test.send(url, { method, headers: { ...signedIn, ...headers } })
      return { response, body: Buffer.from(await response.arrayBuffer()) }
    }

    const file = await link('docs/big.bin')
    expect(file).toMatchObject({ name: 'big.bin', size: big.length })
    const whole = await get(file)
    expect(whole.response.status).toBe(200)
    expect(whole.body.equals(big)).toBe(true)
    const etag = whole.response.headers.get('etag') ?? ''
    const ranges: [string, number, number, number][] = [
      ['bytes=0-0', 206, 0, 1],
      ['bytes=1048570-2097160', 206, 1_048_570, 2_097_161],
      ['bytes=4999990-', 206, 4_999_990, 5_000_000],
      ['bytes=-7', 206, 4_999_993, 5_000_000],
      ['bytes=5000000-', 416, 0, 0],
      ['bytes=5-1', 200, 0, 5_000_000],
      ['lines=1-2', 200, 0, 5_000_000],
    ]
    for (const [range, status, from, to] of ranges) {
      const part = await get(file, { range, 'if-range': etag })
      expect([range, part.response.status]).toEqual([range, status])
      expect(part.body.equals(big.subarray(from, to))).toBe(true)
    }
    expect((await get(file, { range: 'bytes=0-0', 'if-range': '"other"' })).response.status).toBe(200)
    expect((await get(file, { 'if-none-match': etag })).response.status).toBe(304)
    const head = await get(file, {}, 'HEAD')
    expect([head.response.headers.get('content-length'), head.body.length]).toEqual(['5000000', 0])

    const named = (await get(await link(`docs/${odd}`))).response.headers.get('content-disposition')
    expect(named).toBe(
      `attachment; filename="_rger _quoted_; name=_00.txt"; filename*=UTF-8''%C3%84rger%20%22quoted%22%3B%20name%3D%2500.txt`,
    )

    const zip = await get(await link('docs/sub', `docs/${odd}`))
    writeFileSync(join(folder.path, 'all.zip'), zip.body)
    const out = join(folder.path, 'out')
    execFileSync('python3', ['-m', 'zipfile', '-e', join(folder.path, 'all.zip'), out])
    expect(readdirSync(out, { recursive: true }).map(String).sort()).toEqual(
      ['docs', `docs/${odd}`, 'docs/sub', 'docs/sub/a.txt', 'docs/sub/empty', 'holdfast-left-out.txt'].sort(),
    )
    expect(readFileSync(join(out, 'docs/sub/a.txt'), 'utf8')).toBe('a')
    expect(readFileSync(join(out, 'holdfast-left-out.txt'), 'utf8')).toMatch(/^docs\/sub\/link: a link/)

    for (const path of ['docs/../etc/passwd', '/etc/passwd', '../../etc/passwd', 'docs/nothing'])
      await expect(link(path)).rejects.toMatchObject({ data: { code: 'NOTHING_SELECTED' } })
    expect((await test.send(file.url)).status).toBe(401)
    expect((await get({ url: '/api/download/..%2f..%2fetc%2fpasswd' })).response.status).toBe(404)
    const phone = await pairDevice(test)
    expect((await test.send(file.url, { headers: { cookie: phone.cookie } })).status).toBe(404)
    const phoneApi = clientOf(test.agent, { cookie: phone.cookie, 'x-holdfast-device': phone.secret })
    const own = await phoneApi.restore.download.mutate({
      planId: plan.id,
      snapshot: snapshot?.id ?? '',
      paths: ['docs/sub/a.txt'],
    })
    expect(await (await test.send(own.url, { headers: { cookie: phone.cookie } })).text()).toBe('a')
  })
})

function makeApp(dir: string): void {
  mkdirSync(join(dir, 'config'), { recursive: true })
  mkdirSync(join(dir, 'plugins/old'), { recursive: true })
  writeFileSync(join(dir, 'data.db'), 'the data as it was')
  writeFileSync(join(dir, 'config/app.ini'), 'mode=good')
  writeFileSync(join(dir, 'config/secret'), 'secret', { mode: 0o600 })
  writeFileSync(join(dir, 'plugins/old/code.js'), 'old()')
  writeFileSync(join(dir, 'same'), 'same')
  linkSync(join(dir, 'same'), join(dir, 'same-too'))
  symlinkSync('config/app.ini', join(dir, 'current'))
  for (const name of ['data.db', 'config/app.ini', 'plugins/old/code.js', 'plugins/old', 'plugins', 'config'])
    utimesSync(join(dir, name), 1_700_000_000, 1_700_000_000.25)
}

function migrateBadly(dir: string): void {
  writeFileSync(join(dir, 'data.db'), `spoiled ${'x'.repeat(100_000)}`)
  chmodSync(join(dir, 'config/secret'), 0o644)
  appendFileSync(join(dir, 'config/app.ini'), '\nmode=bad')
  rmSync(join(dir, 'plugins'), { recursive: true })
  mkdirSync(join(dir, 'new/deep'), { recursive: true })
  writeFileSync(join(dir, 'new/deep/report.csv'), 'made by the migration')
  symlinkSync('/etc', join(dir, 'new/etc'))
  rmSync(join(dir, 'current'))
  symlinkSync('/etc/passwd', join(dir, 'current'))
}

/** Everything of a tree that a restore brings back, but for the vault in it. */
function listing(dir: string): string[] {
  const inodes = new Map<number, string>()
  return ['', ...readdirSync(dir, { recursive: true }).map(String).sort()]
    .filter((name) => name !== 'backups' && !name.startsWith('backups/'))
    .map((name) => {
      const full = join(dir, name)
      const stat = lstatSync(full, { bigint: true })
      const twin = inodes.get(Number(stat.ino)) ?? name
      inodes.set(Number(stat.ino), twin)
      const what = stat.isSymbolicLink() ? readlinkSync(full) : stat.isFile() ? hashOf(full) : ''
      // The vault is made and filled in the source, so the source's own time is not the tree's.
      const time = name === '' ? '' : stat.mtimeNs / 1000n
      return `${name} ${stat.mode.toString(8)} ${time} ${what} ${twin === name ? '' : twin}`
    })
}

async function runToEnd(api: Api, id: string): Promise<void> {
  const planId = PlanId.parse(id)
  const { id: runId } = await api.run.start.mutate({ planId })
  for (;;) {
    const run = Run.parse(await api.run.get.query({ id: runId }))
    if (run.state === 'finished') {
      expect(run).toMatchObject({ outcome: 'complete' })
      return
    }
    await wait(20)
  }
}

async function ended(api: Api, { id }: { id: string }) {
  for (;;) {
    const restore = await api.restore.get.query({ id })
    if (restore.state !== 'running') return restore
    await wait(20)
  }
}

function noise(length: number, seed: number): Buffer {
  const blocks: Buffer[] = []
  for (let i = 0; i * 32 < length; i += 1) blocks.push(createHash('sha256').update(`${seed} ${i}`).digest())
  return Buffer.concat(blocks).subarray(0, length)
}

function hashOf(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex')
}

/** The name under which a file is written until it is whole; see partName of packages/host. */
function partNameOf(name: string): string {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(name)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  return `.holdfast-${hash.toString(16).padStart(8, '0')}.part`
}

function setState(database: string, id: string, state: Restore['state']): void {
  const script =
    'import sqlite3,sys; d=sqlite3.connect(sys.argv[1]); d.execute("UPDATE restore SET state=? WHERE id=?",(sys.argv[3],sys.argv[2])); d.commit()'
  execFileSync('python3', ['-c', script, database, id, state])
}
