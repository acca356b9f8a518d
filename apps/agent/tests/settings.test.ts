import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { MachineSettings, type PlanId, Run } from '@holdfast/domain'
import { systemClock, systemRandom } from '@holdfast/host'
import { createRcloneStore, cryptOptions, findRclone, startRcloneDaemon } from '@holdfast/rclone'
import { openVault, readHistory, readSettings, writersIn } from '@holdfast/vault'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ownerOf, startTestAgent, type TestAgent, temporaryFolder } from './_test-agent.ts'
import { followEvents, makePlan, until, writeTree } from './_test-plan.ts'

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let it: TestAgent
beforeEach(async () => {
  folder = await temporaryFolder()
  const [disk, conf] = [join(folder.path, 'disk'), join(folder.path, 'rclone.conf')]
  await mkdir(disk)
  await writeFile(
    conf,
    `[nas]\ntype = alias\nremote = ${disk}\n\n[cloud]\ntype = sftp\nhost = h\npass = canary\n`,
  )
  await writeTree(join(folder.path, 'source'), { 'a.txt': 'hello' })
  it = await startTestAgent({ home: join(folder.path, 'home'), config: { userRcloneConfig: [conf] } })
})
afterEach(async () => {
  await it[Symbol.asyncDispose]()
  await folder[Symbol.asyncDispose]()
})

async function runToEnd(planId: PlanId) {
  const api = ownerOf(it.agent)
  await using events = await followEvents(it.agent)
  const { id } = await api.run.start.mutate({ planId })
  const isEnd = (event: Awaited<ReturnType<typeof until>>) =>
    event.type === 'run' && event.run.id === id && event.run.state === 'finished'
  await until(events, isEnd)
  return { run: await api.run.get.query({ id }), log: await api.run.log.query({ id }) }
}

describe('after a run', () => {
  test('the passphrase alone brings settings, remotes and history back, on a machine that has nothing else', async () => {
    const api = ownerOf(it.agent)
    const plan = await api.plan.create.mutate({
      name: 'Documents',
      sources: [{ path: join(folder.path, 'source'), excludes: ['*.tmp'] }],
      place: { kind: 'remote', remote: 'nas', path: 'vault' },
      passphrase: 'correct horse',
      schedule: { kind: 'cron', cron: '0 2 * * *', timeZone: 'Europe/Berlin' },
    })
    const first = await runToEnd(plan.id)
    expect(first.run).toMatchObject({ outcome: 'complete' })
    const second = await runToEnd(plan.id)
    expect([...first.log, ...second.log].map(({ text }) => text).join('\n')).not.toContain('not stored')
    await it[Symbol.asyncDispose]()
    await rm(join(folder.path, 'home'), { recursive: true })

    const place = join(folder.path, 'disk', 'vault')
    await using second_ = await secondMachine(place, 'correct horse')
    const { vault, env } = second_
    const [machine] = await writersIn(vault, env)
    if (machine === undefined) throw new Error('no machine in the vault')
    const { newest, broken } = await readSettings(vault, machine.writer, env)
    expect(broken).toEqual([])
    expect(newest).toMatchObject({ secretsLeftOut: false })
    const settings = MachineSettings.parse(newest?.settings)
    expect(JSON.parse(JSON.stringify(settings.plans))).toEqual([plan])
    expect(settings.remotes).toEqual({ nas: { type: 'alias', remote: join(folder.path, 'disk') } })

    const history = await readHistory(vault, machine.writer, env)
    expect(history).toMatchObject({ gaps: [], broken: [] })
    expect(JSON.parse(JSON.stringify(history.runs.map(({ value }) => Run.parse(value))))).toEqual([first.run])
    expect(history.audit.map(({ value }) => value)).toContainEqual(
      expect.objectContaining({ act: 'run.start', subject: plan.id }),
    )
  })

  test('settings that can not be stored are a warning in its log, and nothing else', async () => {
    const vault = join(folder.path, 'disk', 'plain')
    const plan = await makePlan(ownerOf(it.agent), {
      source: join(folder.path, 'source'),
      vault,
      passphrase: null,
    })
    await writeFile(join(vault, 'v1', 'settings'), 'in the way')
    const { run, log } = await runToEnd(plan.id)
    expect(run).toMatchObject({ outcome: 'complete', reason: null })
    expect(log.filter(({ level }) => level === 'warn').map(({ text }) => text)).toEqual([
      expect.stringContaining('Settings and history were not stored in the vault'),
    ])
    await rm(join(vault, 'v1', 'settings'))
    const next = await runToEnd(plan.id)
    expect(next.log.filter(({ level }) => level === 'warn')).toEqual([])
    expect(await readFile(join(vault, 'v1', 'vault.json'), 'utf8')).toContain('holdfast-vault')
  })
})

/** A machine with rclone and nothing else, which opens the vault in a folder by its passphrase. */
async function secondMachine(place: string, passphrase: string) {
  await using stack = new AsyncDisposableStack()
  const home = stack.use(await temporaryFolder()).path
  const { binary } = await findRclone(process.env.PATH ?? '')
  const rclone = async (remotes: Record<string, Record<string, string>>) =>
    stack.use(
      await startRcloneDaemon({
        binary,
        remotes,
        stateDir: join(home, 'rclone'),
        configFile: join(home, 'none.conf'),
      }),
    ).client
  const storeAt = (client: Awaited<ReturnType<typeof rclone>>, fs: string) =>
    createRcloneStore(client, { fs, spoolDir: join(home, 'spool') })
  const env = {
    ...{ clock: systemClock, random: systemRandom },
    cache: { get: () => undefined, put: () => undefined, retain: () => undefined },
  }
  const vault = await openVault(
    {
      outer: storeAt(await rclone({}), place),
      openInner: async (passwords) => {
        if (passwords === undefined) throw new Error('the vault is not encrypted')
        const inner = cryptOptions(join(place, 'v1'), passwords, systemRandom)
        return storeAt(await rclone({ inner }), 'inner:')
      },
    },
    { kind: 'passphrase', passphrase },
    env,
  )
  const owned = stack.move()
  return { vault, env, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}
