import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, mkdir, readFile, writeFile } from 'node:fs/promises'
import { getPriority } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createMachineService, renderSystemdUnit, serviceSettings } from '@holdfast/host'
import { startUserSystemd } from '@holdfast/testkit'
import { expect, test } from 'vitest'
import { AgentFile } from '../src/start-agent.ts'
import { clientOf } from './_test-agent.ts'

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const run = promisify(execFile)

/** Waits for what another process does; the test's own limit is the only other end. */
async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    await wait(50)
  }
}

test('a real systemd starts the agent, again after a crash, not where another one runs, and ends it', async (context) => {
  await using systemd = await startUserSystemd()
  if (systemd === undefined) return context.skip('no user manager of systemd can be started here')
  const { environment } = systemd
  // A name that systemd, a shell and XML would each read as something else.
  const home = join(systemd.home, `it's 100% "safe" $HOME \\o/`, 'holdfast')
  await mkdir(home, { recursive: true })
  const settings = serviceSettings({
    environment: {
      ...{ ...environment, HOLDFAST_PORT: '0', HOLDFAST_KEEP_PROGRAM: '0', HOLDFAST_PASSPHRASE: 'canary' },
    },
    ...{ platform: 'linux', scope: 'user', uid: 0, userName: 'root', userHome: systemd.home, home },
    ...{ program: process.execPath, mainFile: MAIN, path: environment.PATH ?? '' },
  })
  if (settings === undefined) throw new Error('it is off')
  const system = { ...settings.system, bootedDir: systemd.home, lingerDir: systemd.home, loginctl: 'false' }
  const service = createMachineService(system, settings.command)
  const show = async (name: string) => {
    const args = ['--user', 'show', 'holdfast.service', '--value', `--property=${name}`]
    return (await run('systemctl', args, { env: environment })).stdout.trim()
  }
  const agent = (notPid?: number) =>
    until(async () => {
      const text = await readFile(join(home, 'agent.json'), 'utf8').catch(() => undefined)
      const found = text === undefined ? undefined : AgentFile.parse(JSON.parse(text))
      return found?.pid === notPid ? undefined : found
    })

  expect(await service.status()).toMatchObject({ installed: false, enabled: false, running: false })
  // What a person changes stays beside the unit: here, not to wait fifteen seconds.
  await mkdir(`${system.unitFile}.d`, { recursive: true })
  await writeFile(`${system.unitFile}.d/soon.conf`, '[Service]\nRestartSec=100ms\n')
  expect(await service.install({ start: true })).toMatchObject({
    installed: true,
    enabled: true,
    running: true,
  })

  const first = await agent()
  expect([String(first.pid), getPriority(first.pid)]).toEqual([await show('MainPID'), 5])
  const given = (await readFile(`/proc/${first.pid}/environ`, 'utf8')).split('\0')
  expect(given).toEqual(expect.arrayContaining([`HOLDFAST_HOME=${home}`, `PATH=${settings.command.path}`]))
  expect(given.join()).not.toContain('canary')
  const api = clientOf(
    { port: Number(new URL(first.address).port) },
    { authorization: `Bearer ${first.token}` },
  )
  expect((await api.device.me.query()).device).toMatchObject({ role: 'owner' })
  // It knows itself as the service that it is.
  expect(await api.service.status.query()).toMatchObject({ enabled: true, running: true, outdated: false })

  process.kill(first.pid, 'SIGKILL')
  const second = await agent(first.pid)
  expect(await show('NRestarts')).toBe('1')

  const asked = performance.now()
  await run('systemctl', ['--user', 'stop', 'holdfast.service'], { env: environment })
  expect(performance.now() - asked).toBeLessThan(10_000)
  expect([await show('Result'), await show('ExecMainStatus')]).toEqual(['success', '0'])
  await expect(readFile(join(home, 'agent.json'))).rejects.toThrow(/ENOENT/)

  const byHand = spawn(process.execPath, [MAIN], {
    env: { ...environment, HOLDFAST_HOME: home, HOLDFAST_PORT: '0' },
    stdio: 'ignore',
  })
  const ended = once(byHand, 'exit')
  try {
    await agent(second.pid)
    expect(await service.install({ start: false })).toMatchObject({ enabled: true, running: false })
    await run('systemctl', ['--user', 'start', 'holdfast.service'], { env: environment })
    await until(async () => ((await show('ActiveState')) === 'failed' ? true : undefined))
    expect([await show('ExecMainStatus'), await show('NRestarts')]).toEqual(['75', '0'])
  } finally {
    byHand.kill('SIGTERM')
    await ended
  }

  expect(await service.uninstall({ stop: true })).toMatchObject({ installed: false, enabled: false })
  expect(await show('UnitFileState')).toBe('')
})

/** Backs up and restores with the command line, tells what came back, and what it may not do. */
const SCRIPT = `
import { execFileSync as run, spawnSync } from 'node:child_process'
import { lstatSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
const [cli, root] = process.argv.slice(2)
const holdfast = (...args) => run(process.execPath, [cli, ...args], { stdio: ['ignore', 'ignore', 'inherit'] })
holdfast('vault', 'create', root + '/vault', '--plain')
holdfast('backup', root + '/tree', '--to', root + '/vault')
holdfast('restore', '--from', root + '/vault', '--snapshot', 'latest', '--owner', '--to', root + '/out')
const told = Object.fromEntries(
  ['program', 'shared', 'closed', 'fifo', 'null'].map((name) => {
    const { mode, uid, gid, rdev } = lstatSync(root + '/out/tree/' + name)
    return [name, [mode.toString(8), uid, gid, rdev].join(' ')]
  }),
)
const status = (...command) => spawnSync(command[0], command.slice(1), { stdio: 'ignore' }).status
// To what they are: should it be let, nothing is changed.
const may = {
  clock: status('date', '-s', '@' + Date.now() / 1000) === 0,
  name: status('hostname', hostname()) === 0,
}
writeFileSync(root + '/told.json', JSON.stringify({ told, may }))
`

test('under the unit of the whole machine everything comes back as it was, and the clock stays out of reach', async (context) => {
  await using systemd = await startUserSystemd()
  if (systemd === undefined) return context.skip('no user manager of systemd can be started here')
  const { environment } = systemd
  const at = (...names: string[]) => join(systemd.home, ...names)
  await mkdir(at('tree', 'shared'), { recursive: true })
  for (const name of ['program', 'closed']) await writeFile(at('tree', name), 'x')
  await run('mkfifo', [at('tree', 'fifo')])
  await run('mknod', [at('tree', 'null'), 'c', '1', '3'])
  for (const name of ['program', 'shared', 'closed', 'fifo', 'null'])
    await chown(at('tree', name), 1234, 4321)
  await chmod(at('tree', 'program'), 0o4755)
  await chmod(at('tree', 'shared'), 0o2775)
  await chmod(at('tree', 'closed'), 0)
  await writeFile(at('script.mjs'), SCRIPT)

  const cli = fileURLToPath(new URL('../../cli/bin/holdfast.mjs', import.meta.url))
  const command = { program: process.execPath, args: [at('script.mjs'), cli, at()], home: at('state') }
  const unit = renderSystemdUnit(
    { ...command, userHome: at(), path: environment.PATH ?? '', environment: {}, leftOut: [] },
    'system',
  )
  const dir = at('.config', 'systemd', 'user')
  await mkdir(join(dir, 'holdfast.service.d'), { recursive: true })
  await writeFile(join(dir, 'holdfast.service'), unit)
  await writeFile(join(dir, 'holdfast.service.d', 'once.conf'), '[Service]\nType=oneshot\nRestart=no\n')
  await run('systemctl', ['--user', 'daemon-reload'], { env: environment })
  await run('systemctl', ['--user', 'start', 'holdfast.service'], { env: environment })
  expect(JSON.parse(await readFile(at('told.json'), 'utf8'))).toEqual({
    told: {
      program: '104755 1234 4321 0',
      shared: '42775 1234 4321 0',
      closed: '100000 1234 4321 0',
      fifo: expect.stringMatching(/^10644 1234 4321/),
      null: '20644 1234 4321 259',
    },
    may: { clock: false, name: false },
  })
})
