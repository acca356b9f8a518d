import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { PlanCard } from '@holdfast/api'
import { MINUTE_MS } from '@holdfast/domain'
import { createMachineService } from '@holdfast/host'
import { describe, expect, test } from 'vitest'
import { planVerdict } from '../src/know/conditions.ts'
import type { AgentConfig } from '../src/start-agent.ts'
import { clientOf, ownerOf, pairDevice, startTestAgent, temporaryFolder } from './_test-agent.ts'
import { testService } from './_test-service.ts'

async function standIn() {
  const root = await temporaryFolder()
  const at = (...names: string[]) => join(root.path, ...names)
  const service = await testService(root.path, at('home'))
  return {
    ...{ at, service, unit: service.system.unitFile },
    calls: async () => (await readFile(at('systemd', 'calls'), 'utf8')).trim().split('\n'),
    now: (changes: Partial<NonNullable<AgentConfig['service']>> = {}) =>
      createMachineService(changes.system ?? service.system, changes.command ?? service.command),
    [Symbol.asyncDispose]: () => root[Symbol.asyncDispose](),
  }
}

describe('a machine with systemd', () => {
  test('is asked to start Holdfast from now on, and to do so no more', async () => {
    await using it = await standIn()
    const { service } = it
    await using test = await startTestAgent({ home: it.at('home'), config: { service } })
    const api = ownerOf(test.agent)
    expect(await api.service.status.query()).toMatchObject({
      ...{ kind: 'systemd', scope: 'user', installed: false, enabled: false, running: false },
      ...{ path: it.unit, sentence: 'Nothing starts Holdfast after a restart of this machine.' },
    })
    expect(await api.service.install.mutate()).toMatchObject({
      ...{ installed: true, enabled: true, running: false, atBoot: false, outdated: false },
      sentence: expect.stringMatching(/^Holdfast starts when ada signs in\. .*loginctl enable-linger ada\.$/),
    })
    expect(await readFile(it.unit, 'utf8')).toContain('"/opt/holdfast/main.ts"\n')
    // The agent that was asked is running: a second one on its home would only fail.
    expect((await it.calls()).filter((call) => / start/.test(call))).toEqual([])
    const [entry] = await api.audit.list.query({ limit: 1 })
    expect(entry).toMatchObject({
      ...{ act: 'service.install', subject: 'user', before: { enabled: false }, after: { enabled: true } },
    })

    await writeFile(it.at('systemd', 'may-linger'), '')
    expect(await api.service.install.mutate()).toMatchObject({
      atBoot: true,
      sentence: 'Holdfast starts with this machine.',
    })
    expect(await api.service.uninstall.mutate()).toMatchObject({ installed: false, enabled: false })
    expect(existsSync(it.unit)).toBe(false)
    expect(await api.service.uninstall.mutate()).toMatchObject({ installed: false })
  })

  test('is changed by owners only', async () => {
    await using it = await standIn()
    await using test = await startTestAgent({ home: it.at('home'), config: { service: it.service } })
    const device = await pairDevice(test)
    const phone = clientOf(test.agent, { cookie: device.cookie, 'x-holdfast-device': device.secret })
    expect(await phone.service.status.query()).toMatchObject({ enabled: false })
    await expect(clientOf(test.agent, {}).service.install.mutate()).rejects.toMatchObject({
      data: { code: 'NOT_PAIRED' },
    })
    await expect(
      clientOf(test.agent, { cookie: device.cookie }).service.install.mutate(),
    ).rejects.toMatchObject({
      data: { code: 'NOT_ALLOWED' },
    })
  })

  test('that refuses leaves what was there before, and what it said is told', async () => {
    await using it = await standIn()
    await writeFile(it.at('systemd', 'fail-enable'), 'Failed to enable unit: Read-only file system\n')
    await expect(it.now().install({ start: true })).rejects.toMatchObject({
      code: 'SERVICE_FAILED',
      message: 'systemctl enable failed: Failed to enable unit: Read-only file system',
    })
    expect(existsSync(it.unit)).toBe(false)

    await rm(it.at('systemd', 'fail-enable'))
    expect(await it.now().install({ start: true })).toMatchObject({ enabled: true, running: true })
    const before = await readFile(it.unit, 'utf8')
    await writeFile(it.at('systemd', 'fail-daemon-reload'), 'Refused.\n')
    const moved = { ...it.service.command, program: '/elsewhere/node' }
    await expect(it.now({ command: moved }).install({ start: true })).rejects.toMatchObject({
      code: 'SERVICE_FAILED',
    })
    expect(await readFile(it.unit, 'utf8')).toBe(before)
  })

  test('whose unit starts another program is said to be out of date, and mended by installing again', async () => {
    await using it = await standIn()
    await it.now().install({ start: true })
    const moved = it.now({ command: { ...it.service.command, program: '/elsewhere/node' } })
    expect(await moved.status()).toMatchObject({
      ...{ enabled: true, outdated: true, sentence: expect.stringContaining('Install the service again.') },
    })
    expect(await moved.install({ start: false })).toMatchObject({ enabled: true, outdated: false })
    // Another PATH is no other program.
    const other = it.now({ command: { ...it.service.command, program: '/elsewhere/node', path: '/bin' } })
    expect(await other.status()).toMatchObject({ outdated: false })
  })

  test('keeps a unit that somebody else wrote, that starts another home, or that is masked', async () => {
    await using it = await standIn()
    await it.now().install({ start: false })
    const elsewhere = it.now({ command: { ...it.service.command, home: it.at('other') } })
    expect(await elsewhere.status()).toMatchObject({ installed: false, enabled: false, running: false })
    await expect(elsewhere.install({ start: false })).rejects.toMatchObject({ code: 'INPUT_INVALID' })
    await expect(elsewhere.uninstall({ stop: true })).rejects.toMatchObject({ code: 'INPUT_INVALID' })

    const foreign = '[Service]\nExecStart=/usr/bin/other\n'
    await writeFile(it.unit, foreign)
    expect(await it.now().status()).toMatchObject({
      installed: false,
      sentence: expect.stringContaining('somebody else'),
    })
    await expect(it.now().install({ start: true })).rejects.toMatchObject({ code: 'INPUT_INVALID' })
    expect(await readFile(it.unit, 'utf8')).toBe(foreign)
    await writeFile(it.at('systemd', 'masked'), '')
    await expect(it.now().install({ start: true })).rejects.toThrow(/masked/)
  })

  test('that does not answer is unknown, which is no verdict', async () => {
    await using it = await standIn()
    await writeFile(it.at('systemd', 'fail-show'), 'Failed to connect to bus: No medium found\n')
    const status = await it.now().status()
    expect(status).toMatchObject({ kind: 'unknown', sentence: expect.stringContaining('No medium found') })
    await using test = await startTestAgent({ home: it.at('home'), config: { service: it.service } })
    expect(await ownerOf(test.agent).service.status.query()).toEqual(status)
  })

  test('is not given a key that only the environment holds', async () => {
    await using it = await standIn()
    const secret = it.now({ command: { ...it.service.command, leftOut: ['HOLDFAST_CONFIG_KEY'] } })
    await expect(secret.install({ start: true })).rejects.toMatchObject({
      ...{ code: 'INPUT_INVALID', message: expect.stringContaining('HOLDFAST_CONFIG_KEY') },
    })
    expect(existsSync(it.unit)).toBe(false)
  })
})

test('home warns while a restart would end the backups, and not where another unit starts it', async () => {
  await using it = await standIn()
  await mkdir(it.at('docs'))
  await writeFile(it.at('docs', 'a.txt'), 'hello')
  const verdictOf = async (
    service: AgentConfig['service'],
    change?: (api: ReturnType<typeof ownerOf>) => Promise<unknown>,
  ) => {
    await using test = await startTestAgent({ home: it.at('home'), config: { service } })
    const api = ownerOf(test.agent)
    await change?.(api)
    return (await api.home.query({ timeZone: 'UTC' })).verdict
  }
  const ran = await verdictOf(it.service, async (api) => {
    const plan = await api.plan.create.mutate({
      ...{ name: 'Docs', sources: [{ path: it.at('docs'), excludes: [] }], passphrase: null },
      ...{ place: { kind: 'folder', path: it.at('vault') } },
      schedule: { kind: 'cron', cron: '0 2 * * *', timeZone: 'UTC' },
    })
    const { id } = await api.run.start.mutate({ planId: plan.id })
    while ((await api.run.get.query({ id })).state !== 'finished') await wait(20)
  })
  expect(ran).toMatchObject({ state: 'at-risk', code: 'no-service' })
  expect(await verdictOf(undefined)).toMatchObject({ state: 'protected' })
  expect(await verdictOf({ ...it.service, otherUnit: true })).toMatchObject({ state: 'protected' })
  const after = await verdictOf(it.service, (api) => api.service.install.mutate())
  expect(after).toMatchObject({ state: 'protected' })
  const again = await verdictOf(it.service, (api) => api.service.uninstall.mutate())
  expect(again).toMatchObject({ code: 'no-service' })
})

test('a plan that set-up has just made is not yet told of to people', () => {
  const createdAt = new Date('2026-11-22T12:00:00Z')
  const verdict = (afterMs: number) => {
    const now = new Date(createdAt.getTime() + afterMs)
    const plan = { id: 'docs', paused: false, createdAt } as PlanCard['plan']
    const protection = { state: 'at-risk', code: 'no-service', sentence: 'x' } as const
    return planVerdict(
      { plan, protection, running: undefined },
      { now, awakeSince: createdAt, usualRunMs: 0 },
    )
  }
  expect(verdict(59 * MINUTE_MS)).toMatchObject({ state: 'held' })
  expect(verdict(61 * MINUTE_MS)).toMatchObject({ condition: { code: 'no-service' } })
})

test('the agent says by its exit code whether starting it again can help', async () => {
  await using it = await standIn()
  const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
  const env = { PATH: process.env.PATH, HOME: it.at(), HOLDFAST_HOME: it.at('home'), HOLDFAST_PORT: '0' }
  const codeOf = async (changes: Record<string, string>) => {
    const agent = spawn(process.execPath, [main], { env: { ...env, ...changes }, stdio: 'ignore' })
    return (await once(agent, 'exit'))[0]
  }
  expect(await codeOf({ HOLDFAST_PORT: 'abc' })).toBe(78)
  await using _running = await startTestAgent({ home: it.at('home') })
  expect(await codeOf({})).toBe(75)
})

test('a machine without systemd is told what does it there', async () => {
  await using it = await standIn()
  const none = { ...it.service.system, bootedDir: it.at('nothing') }
  expect(await it.now({ system: none }).status()).toMatchObject({
    kind: 'unsupported',
    sentence: expect.stringContaining('not run by systemd'),
    byHand: { commands: ['crontab -e'], text: expect.stringMatching(/^@reboot HOLDFAST_HOME=/) },
  })
  await expect(it.now({ system: none }).install({ start: true })).rejects.toMatchObject({
    code: 'SERVICE_UNSUPPORTED',
  })
  expect(await it.now({ system: { ...none, platform: 'darwin' } }).status()).toMatchObject({
    byHand: { tried: false, path: expect.stringContaining('LaunchAgents') },
  })
})
