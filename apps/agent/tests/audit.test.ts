import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { appRouter } from '@holdfast/api'
import { HookId, type Plan, type PlanId, PlanOptions, type SnapshotId, type VaultId } from '@holdfast/domain'
import { openHistory } from '@holdfast/history'
import { systemClock } from '@holdfast/host'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clientOf, ownerOf, pairDevice, startTestAgent, type TestAgent } from './_test-agent.ts'
import { followEvents, makePlan, until, writeTree } from './_test-plan.ts'
import { testService } from './_test-service.ts'

/** Stands in every secret that is given to the agent here. */
const CANARY = 'canary-4c1b7e'
const LAN = {
  ...{ on: true, bind: '127.0.0.1', port: 0, onboardingPort: 0, hostName: 'holdfast-test' },
  files: undefined,
}
const MANUAL = { kind: 'manual' } as const

let root: string
let it: TestAgent
let recovered: TestAgent
let plan: Plan
let snapshot: SnapshotId
const at = (...names: string[]) => join(root, ...names)
const owner = () => ownerOf(it.agent)
const inAnHour = () => new Date(systemClock.nowMs() + 3_600_000)

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'holdfast-audit-'))
  await mkdir(at('disk'))
  await writeTree(at('docs'), { 'a.txt': 'hello', 'b.txt': 'world' })
  await writeTree(at('other'), { 'c.txt': 'again' })
  await writeFile(at('rclone.conf'), `[disk]\ntype = alias\nremote = ${at('disk')}\n`)
  it = await startTestAgent({ home: at('home'), config: { userRcloneConfig: [at('rclone.conf')] } })
  const service = await testService(root, at('recovered'))
  recovered = await startTestAgent({ home: at('recovered'), config: { service, lan: LAN } })
  plan = (await makePlan(owner(), {
    ...{ name: 'Documents', source: at('docs'), vault: at('disk', 'vault'), passphrase: CANARY },
  })) as unknown as Plan
  snapshot = await runToEnd(it, plan.id)
})
afterAll(async () => {
  await it?.[Symbol.asyncDispose]()
  await recovered?.[Symbol.asyncDispose]()
  await rm(root, { recursive: true, force: true, maxRetries: 5 })
})

async function runToEnd(agent: TestAgent, planId: PlanId): Promise<SnapshotId> {
  await using events = await followEvents(agent.agent)
  const { id } = await ownerOf(agent.agent).run.start.mutate({ planId })
  const last = await until(
    events,
    (event) => event.type === 'run' && event.run.id === id && event.run.state === 'finished',
  )
  if (last.type !== 'run' || last.run.state !== 'finished' || last.run.summary === null)
    throw new Error('the run left no snapshot')
  return last.run.summary.snapshot
}

type Mutation = {
  readonly act: string
  /** What leads up to it is done first, so that only the call itself is looked at. */
  run(): Promise<unknown>
  readonly agent?: () => TestAgent
}

const place = (name: string) => ({ kind: 'folder', path: at('disk', name) }) as const
const webhook = { kind: 'webhook', format: 'json', url: `https://hooks.example/${CANARY}` } as const
const rules = { name: 'Hook', enabled: true, kinds: ['failure' as const], quiet: null }
let channel = ''
let device: Awaited<ReturnType<typeof pairDevice>>
const phone = () =>
  clientOf(it.agent, {
    cookie: device.cookie,
    'x-holdfast-device': device.secret,
  })
/** A browser that is no device yet. */
const pairing = () => clientOf(it.agent, {})
let ticket = ''
/** A device asks with a code of another device's screen, and an owner's answer is known. */
async function judged(how: 'approve' | 'deny'): Promise<void> {
  const { code } = await phone().device.issueCode.mutate({ role: 'viewer' })
  const asked = await pairing().device.pair.mutate({ code, name: 'Laptop' })
  if (asked.kind !== 'waiting') throw new Error('it was let in at once')
  ticket = asked.ticket
  const [waiting] = await owner().device.waiting.query()
  if (waiting === undefined) throw new Error('nobody waits')
  if (how === 'approve') await owner().device.approve.mutate({ id: waiting.id, role: 'viewer' })
  else await owner().device.deny.mutate({ id: waiting.id })
}
let restore = ''
let made: Date
let found: { vault: VaultId; writer: string; plans: PlanId[] }
const last = () => ownerOf(recovered.agent)

/** Another machine to watch: with a code of its console, or one of an owner's device that has to let it in. */
async function watch(api: { device: ReturnType<typeof owner>['device'] }) {
  const { serving } = await last().lan.get.query()
  const { code } = await api.device.issueCode.mutate({ role: 'viewer' })
  return await owner().machine.add.mutate({
    ...{ code, fingerprint: serving?.fingerprint ?? '', silentAfterHours: 26 },
    address: `https://localhost:${new URL(serving?.origin ?? '').port}`,
  })
}
const watched = async () => (await owner().machine.list.query())[0]?.id ?? ''

const PIN = '493817206'
const headersOf = ({ cookie, secret }: { cookie: string; secret: string }) => ({
  ...{ cookie, 'x-holdfast-device': secret },
})

/** In this order: some need what others made. */
const MUTATIONS: Readonly<Record<string, Mutation>> = {
  'device.pair': {
    act: 'device.pair',
    run: async () => {
      device = await pairDevice(it)
    },
  },
  'device.issueCode': {
    act: 'device.code',
    run: () => owner().device.issueCode.mutate({ role: 'viewer' }),
  },
  'device.approve': { act: 'device.approve', run: async () => await judged('approve') },
  'device.collect': {
    act: 'device.pair',
    run: async () => {
      await judged('approve')
      await pairing().device.collect.mutate({ ticket })
    },
  },
  'device.issueConfirmCode': {
    act: 'device.confirm-code',
    run: () => owner().device.issueConfirmCode.mutate(),
  },
  'device.setPin': {
    act: 'device.pin',
    run: async () => await clientOf(it.agent, headersOf(device)).device.setPin.mutate({ pin: PIN }),
  },
  'device.confirm': {
    act: 'device.confirm',
    run: async () =>
      await clientOf(it.agent, headersOf(device)).device.confirm.mutate({ by: 'pin', pin: PIN }),
  },
  'device.deny': { act: 'device.deny', run: async () => await judged('deny') },
  'machine.add': { act: 'machine.add', run: async () => await watch(last()) },
  'machine.ask': {
    act: 'machine.ask',
    run: async () => await owner().machine.ask.mutate({ id: await watched() }),
  },
  'machine.setSilence': {
    act: 'machine.update',
    run: async () => await owner().machine.setSilence.mutate({ id: await watched(), silentAfterHours: 48 }),
  },
  'machine.remove': {
    act: 'machine.remove',
    run: async () => await owner().machine.remove.mutate({ id: await watched() }),
  },
  'machine.collect': {
    act: 'machine.add',
    run: async () => {
      const tablet = await pairDevice(recovered)
      const there = clientOf(recovered.agent, { cookie: tablet.cookie, 'x-holdfast-device': tablet.secret })
      const asked = await watch(there)
      if (asked.kind !== 'waiting') throw new Error('it was added at once')
      const [waits] = await there.device.waiting.query()
      if (waits === undefined) throw new Error('nobody waits')
      await there.device.approve.mutate({ id: waits.id, role: 'viewer' })
      await owner().machine.collect.mutate({ ticket: asked.ticket })
      await owner().machine.remove.mutate({ id: await watched() })
    },
  },
  'device.rename': {
    act: 'device.rename',
    run: () => owner().device.rename.mutate({ id: device.id as never, name: 'Tablet' }),
  },
  'know.pushHere': {
    act: 'channel.create',
    run: () =>
      phone().know.pushHere.mutate({
        endpoint: `https://fcm.googleapis.com/fcm/send/${CANARY}`,
        ...{ p256dh: 'B'.repeat(87), auth: 'A'.repeat(22) },
      }),
  },
  'know.noPushHere': { act: 'channel.remove', run: () => phone().know.noPushHere.mutate() },
  'know.save': {
    act: 'channel.create',
    run: async () => {
      const target = { ...webhook, secret: CANARY, allowPrivate: false }
      channel = (await owner().know.save.mutate({ ...rules, target })).id
    },
  },
  'know.rules': {
    act: 'channel.update',
    run: () => owner().know.rules.mutate({ ...rules, id: channel, enabled: false }),
  },
  'know.sendReport': {
    act: 'channel.report',
    run: () => owner().know.sendReport.mutate({ id: channel, period: 'week' }),
  },
  'know.test': { act: 'channel.test', run: () => owner().know.test.mutate({ id: channel }) },
  'report.export': {
    act: 'report.export',
    run: () => owner().report.export.mutate({ kind: 'week', timeZone: 'UTC', format: 'csv' }),
  },
  'know.remove': { act: 'channel.remove', run: () => owner().know.remove.mutate({ id: channel }) },
  'device.revoke': {
    act: 'device.revoke',
    run: () => owner().device.revoke.mutate({ id: device.id as never }),
  },
  'plan.create': {
    act: 'plan.create',
    run: () =>
      owner().plan.create.mutate({
        ...{ name: 'Other', sources: [{ path: at('other'), excludes: [] }], place: place('other-vault') },
        ...{ passphrase: null, schedule: MANUAL },
      }),
  },
  'plan.update': {
    act: 'plan.update',
    run: () =>
      owner().plan.update.mutate({
        ...{ id: plan.id, change: { options: { ...plan.options, copies: [place('second')] } } },
      }),
  },
  'plan.setPaused': {
    act: 'plan.set-paused',
    run: () => owner().plan.setPaused.mutate({ id: plan.id, paused: false }),
  },
  'plan.duplicate': {
    act: 'plan.duplicate',
    run: () => owner().plan.duplicate.mutate({ id: plan.id, name: 'Twin' }),
  },
  'plan.remove': {
    act: 'plan.remove',
    run: async () => {
      const twin = (await owner().plan.list.query()).find(({ name }) => name === 'Twin')
      return await owner().plan.remove.mutate({ id: twin?.id as PlanId })
    },
  },
  'plan.copyNow': {
    act: 'vault.copy',
    run: () => owner().plan.copyNow.mutate({ id: plan.id, place: place('second') }),
  },
  'run.start': { act: 'run.start', run: () => runToEnd(it, plan.id) },
  'run.cancel': {
    act: 'run.cancel',
    run: async () => {
      const other = (await owner().plan.list.query()).find(({ name }) => name === 'Other')
      const { id } = await owner().run.start.mutate({ planId: other?.id as PlanId })
      await owner().run.cancel.mutate({ id })
    },
  },
  'drill.start': { act: 'plan.drill', run: () => owner().drill.start.mutate({ planId: plan.id }) },
  'restore.start': {
    act: 'restore.start',
    run: async () => {
      const request = { planId: plan.id, snapshot, paths: [], targetDir: at('out') }
      restore = (await owner().restore.start.mutate(request)).id
    },
  },
  'restore.cancel': {
    act: 'restore.cancel',
    run: () => owner().restore.cancel.mutate({ id: restore }),
  },
  'restore.again': {
    act: 'restore.again',
    run: () => owner().restore.again.mutate({ id: restore }),
  },
  'restore.download': {
    act: 'restore.download',
    run: () => owner().restore.download.mutate({ planId: plan.id, snapshot, paths: ['docs/a.txt'] }),
  },
  'restore.rewind': {
    act: 'restore.rewind',
    run: () => owner().restore.rewind.mutate({ planId: plan.id, snapshot, aside: false }),
  },
  'kit.make': {
    act: 'kit.make',
    run: async () => {
      made = new Date((await owner().kit.make.mutate({ vault: plan.vault.id })).made)
    },
  },
  'kit.page': {
    act: 'kit.page',
    run: () => owner().kit.page.mutate({ vault: plan.vault.id, made }),
  },
  'kit.sheet': {
    act: 'kit.sheet',
    run: () => owner().kit.sheet.mutate({ vault: plan.vault.id, passphrase: CANARY }),
  },
  'kit.saved': {
    act: 'kit.saved',
    run: () => owner().kit.saved.mutate({ vault: plan.vault.id, made }),
  },
  'bandwidth.setTimetable': {
    act: 'bandwidth.timetable',
    run: () => owner().bandwidth.setTimetable.mutate({ timetable: [], timeZone: 'UTC' }),
  },
  'bandwidth.setNow': {
    act: 'bandwidth.now',
    run: () => owner().bandwidth.setNow.mutate({ now: { bytesPerSecond: 1_000_000_000, until: inAnHour() } }),
  },
  'remote.save': {
    act: 'remote.create',
    run: async () => {
      const values = { host: 'nas.invalid', user: 'ada', pass: CANARY }
      const started = await owner().remote.start.mutate({ name: 'nas', type: 'sftp', values })
      if (!('id' in started)) throw new Error(JSON.stringify(started))
      await owner().remote.save.mutate({ id: started.id, force: true })
    },
  },
  'remote.makeFolder': {
    act: 'remote.make-folder',
    run: () => owner().remote.makeFolder.mutate({ remote: 'disk', path: 'made' }),
  },
  'remote.test': {
    act: 'remote.test',
    run: () => owner().remote.test.mutate({ remote: 'disk', path: 'made' }),
  },
  'remote.remove': { act: 'remote.remove', run: () => owner().remote.remove.mutate({ name: 'nas' }) },
  'hook.setPassword': {
    act: 'plan.hook-password',
    run: async () => {
      const hooks = [{ id: HookId.parse('db'), kind: 'dump-postgresql' as const }]
      const options = PlanOptions.parse({ hooks })
      await owner().plan.update.mutate({ id: plan.id, change: { options } })
      await owner().hook.setPassword.mutate({ planId: plan.id, hook: HookId.parse('db'), password: CANARY })
      await owner().plan.update.mutate({ id: plan.id, change: { options: PlanOptions.parse({}) } })
    },
  },
  'lan.set': { act: 'lan.set', run: () => owner().lan.set.mutate({ on: false }) },
  'service.install': {
    act: 'service.install',
    agent: () => recovered,
    run: () => last().service.install.mutate(),
  },
  'service.uninstall': {
    act: 'service.uninstall',
    agent: () => recovered,
    run: () => last().service.uninstall.mutate(),
  },
  'audit.export': { act: 'audit.export', run: () => owner().audit.export.mutate({ format: 'csv' }) },
  'metrics.makeToken': { act: 'metrics.token', run: () => owner().metrics.makeToken.mutate() },
  'metrics.removeToken': { act: 'metrics.off', run: () => owner().metrics.removeToken.mutate() },
  'recover.open': {
    act: 'recover.open',
    agent: () => recovered,
    run: async () => {
      const opened = await last().recover.open.mutate({ place: place('vault'), passphrase: CANARY })
      if (opened.kind !== 'open') throw new Error('not open')
      const [machine] = opened.machines
      if (machine === undefined) throw new Error('no machine')
      found = { vault: opened.vault as VaultId, writer: machine.writer, plans: [plan.id] }
    },
  },
  'recover.bring': {
    act: 'recover.bring',
    agent: () => recovered,
    run: () =>
      last().recover.bring.mutate({ vault: found.vault, writer: found.writer as never, how: 'read-only' }),
  },
  'recover.restore': {
    act: 'recover.restore',
    agent: () => recovered,
    run: () => last().recover.restore.mutate({ planIds: found.plans, targetDir: at('brought') }),
  },
  'recover.unlock': {
    act: 'recover.unlock',
    agent: () => recovered,
    run: () => last().recover.unlock.mutate({ vault: found.vault, passphrase: CANARY }),
  },
  'recover.takeOver': {
    act: 'recover.take-over',
    agent: () => recovered,
    run: () => last().recover.takeOver.mutate({ vault: found.vault }),
  },
  'recover.resume': {
    act: 'plan.set-paused',
    agent: () => recovered,
    run: () => last().recover.resume.mutate({ all: true }),
  },
}

/** Mutations that leave nothing behind by themselves, and why. */
const WITHOUT_ENTRY: Readonly<Record<string, string>> = {
  'plan.acceptChange':
    'needs a suspect run: the entry plan.accept-change is shown in the tests of the source brake',
  'setup.inspectPlace': 'only looks; a remote that it brings over is the entry remote.import',
  'setup.tryPassphrase': 'only looks; a remote that it brings over is the entry remote.import',
  'remote.start': 'a conversation, in memory until remote.save',
  'remote.answer': 'a conversation, in memory until remote.save',
  'remote.cancel': 'a conversation, in memory until remote.save',
  'remote.signIn.start': 'a conversation, in memory until remote.save',
  'remote.signIn.cancel': 'a conversation, in memory until remote.save',
  'remote.signIn.paste': 'a conversation, in memory until remote.save',
}

function proceduresOfTheApi(): { path: string; type: string }[] {
  const all = appRouter._def.procedures as unknown as Record<string, { _def: { type: string } }>
  return Object.entries(all).map(([path, { _def }]) => ({ path, type: _def.type }))
}

function mutationsOfTheApi(): string[] {
  return proceduresOfTheApi().flatMap(({ path, type }) => (type === 'mutation' ? [path] : []))
}

describe('every mutation of the API', () => {
  test('is either shown to leave an entry, or says why it leaves none', () => {
    const known = [...Object.keys(MUTATIONS), ...Object.keys(WITHOUT_ENTRY)]
    expect(mutationsOfTheApi().toSorted()).toEqual(known.toSorted())
  })

  test.each(Object.entries(MUTATIONS))('%s leaves its entry in the audit trail', async (_path, mutation) => {
    const agent = mutation.agent?.() ?? it
    const api = ownerOf(agent.agent)
    const [newest] = await api.audit.list.query({ limit: 1 })
    await mutation.run()
    await expect
      .poll(
        async () => {
          const entries = await api.audit.list.query({ limit: 20, act: mutation.act })
          return entries.filter(({ seq }) => seq > (newest?.seq ?? 0)).map(({ act }) => act)
        },
        { timeout: 20_000 },
      )
      .toContain(mutation.act)
  })

  test('no entry, no export, no metric and no log line holds a secret', async () => {
    const { url } = await owner().audit.export.mutate({ format: 'json' })
    const authorization = `Bearer ${it.agent.token}`
    const exported = await (await it.send(url, { headers: { authorization } })).text()
    expect(JSON.parse(exported).length).toBeGreaterThan(30)
    const { token } = await owner().metrics.makeToken.mutate()
    const metrics = await it.send('/metrics', { headers: { authorization: `Bearer ${token}` } })
    const everything = [
      ...[exported, await metrics.text(), JSON.stringify(await owner().audit.list.query({ limit: 500 }))],
      ...[...it.logs, ...recovered.logs].map((line) => `${line.text} ${String(line.error)}`),
    ].join('\n')
    expect(everything).toContain('plan.create')
    for (const secret of [CANARY, PIN, token]) expect(everything).not.toContain(secret)
  })
})

describe('a secret that was given to the agent', () => {
  /** Fits every question: each takes from it what it knows. */
  const asked = () => ({
    ...{ id: plan.id, planId: plan.id, runId: null, snapshot, before: snapshot, after: undefined },
    ...{ vault: plan.vault.id, path: '', paths: [], remote: 'disk', name: 'disk', search: '', limit: 50 },
    ...{ kind: 'week', current: true, timeZone: 'UTC', keep: { last: 1 }, sources: [] },
  })

  test('is in no answer to any question', async () => {
    const said: string[] = []
    let answered = 0
    for (const { path, type } of proceduresOfTheApi()) {
      if (type !== 'query') continue
      const input = encodeURIComponent(JSON.stringify(asked()))
      const authorization = `Bearer ${it.agent.token}`
      const answer = await it.send(`/api/trpc/${path}?input=${input}`, { headers: { authorization } })
      if (answer.status === 200) answered += 1
      said.push(`${path} ${await answer.text()}`)
    }
    expect(answered).toBeGreaterThan(25)
    expect(said.filter((text) => text.includes(CANARY))).toEqual([])
  })

  test('is in no file of the home, no argument list and no report', async () => {
    const api = owner()
    for (const format of ['pdf', 'csv'] as const) {
      const { url } = await api.report.export.mutate({ kind: 'week', timeZone: 'UTC', format })
      const authorization = `Bearer ${it.agent.token}`
      const report = Buffer.from(await (await it.send(url, { headers: { authorization } })).arrayBuffer())
      expect([format, report.length > 100, report.includes(CANARY)]).toEqual([format, true, false])
    }
    const files = await readdir(at('home'), { recursive: true, withFileTypes: true })
    const found = await Promise.all(
      files.map(async (file) => {
        if (!file.isFile()) return []
        const name = join(file.parentPath, file.name)
        const bytes = await readFile(name).catch(() => Buffer.alloc(0))
        return bytes.includes(CANARY) ? [name] : []
      }),
    )
    expect(files.length).toBeGreaterThan(5)
    expect(found.flat()).toEqual([])
    expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8', maxBuffer: 1e8 })).not.toContain(CANARY)
  })
})

describe('the audit trail', () => {
  test('is read by operators and exported as CSV, from a link that only they may use', async () => {
    const { url, name } = await owner().audit.export.mutate({ format: 'csv', act: 'plan.' })
    expect(name).toMatch(/^holdfast-audit-.*\.csv$/)
    const answer = await it.send(url, { headers: { authorization: `Bearer ${it.agent.token}` } })
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    const [head, first] = (await answer.text()).split('\r\n')
    expect(head).toBe('seq,at,by,name,device,address,act,subject,before,after,hash')
    expect(first).toContain('plan.create')
    expect((await it.send(url)).status).toBe(401)
  })

  test('that was rewritten in the local database is found by the heads in the snapshots', async () => {
    const good = await owner().audit.verify.query()
    expect(good).toMatchObject({ ok: true, brokenAt: null })
    expect(good.vaults.find(({ name }) => name === 'vault')).toMatchObject({ problem: null })
    expect(good.vaults.find(({ name }) => name === 'vault')?.heads).toBeGreaterThanOrEqual(2)
    await it[Symbol.asyncDispose]()

    // Somebody takes out what was done since the second entry and writes the rest anew, every hash right.
    const file = at('home', 'holdfast.db')
    {
      await using history = await openHistory({ file, clock: systemClock })
      const acts = (await history.audit.list({ limit: 500 })).reverse()
      using database = new DatabaseSync(file)
      database.exec('DELETE FROM audit_entry WHERE seq > 2')
      for (const { at, actor, act, subject, before, after } of acts.slice(3))
        await history.audit.append({ at, actor, act, subject, before, after })
      expect(await history.audit.verify()).toMatchObject({ ok: true, entries: acts.length - 1 })
    }
    it = await startTestAgent({ home: at('home') })
    expect(await owner().audit.verify.query()).toMatchObject({ ok: false, brokenAt: 3, why: 'head-unknown' })
  })
})
