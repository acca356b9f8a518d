import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createTemporaryFolder } from '@holdfast/testkit'
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { z } from 'zod'
import { connectRclone } from './client.ts'
import { type RcloneDaemonOptions, startRcloneDaemon } from './daemon.ts'
import { findRclone } from './find-rclone.ts'
import { processStamp } from './process-stamp.ts'
import { startTestDaemon } from './test-daemon.ts'

afterEach(() => vi.unstubAllEnvs())

describe('The rclone daemon', () => {
  test('answers nobody who does not know its credentials', async () => {
    await using running = await startTestDaemon()
    const { url } = running.daemon.address
    for (const path of ['/core/version', '/config/dump', '/[/]/etc/hostname'])
      expect(
        (await fetch(`${url}${path}`, { method: path.startsWith('/[') ? 'GET' : 'POST' })).status,
        path,
      ).toBe(401)
    using stranger = connectRclone({ url, user: running.daemon.address.user, password: 'wrong' })
    expect((await stranger.callRaw('core/version', {})).status).toBe(401)
  })

  test('listens on the loopback only and says its version', async () => {
    await using running = await startTestDaemon()
    expect(running.daemon.address.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect(running.daemon.version).toMatch(/^\d+\.\d+\.\d+$/)
  })

  test('inherits no RCLONE_ variable and nothing else that it does not need', async () => {
    vi.stubEnv('RCLONE_CONFIG_PLANTED_TYPE', 'alias')
    vi.stubEnv('RCLONE_CONFIG_PLANTED_REMOTE', '/')
    vi.stubEnv('RCLONE_DRY_RUN', 'true')
    vi.stubEnv('SOMEBODYS_SECRET', 'canary')
    await using running = await startTestDaemon()
    const environment = await readFile(`/proc/${running.daemon.pid}/environ`, 'utf8')
    expect(environment).not.toMatch(/PLANTED|DRY_RUN|canary/)
    const answer = await running.daemon.client.callRaw('operations/list', { fs: 'planted:', remote: '' })
    expect(answer.status).toBe(500)
  })

  test('shows no secret in its arguments', async () => {
    await using running = await startTestDaemon({
      configPassword: 'canary-config',
      remotes: { remote: { type: 'webdav', url: 'http://127.0.0.1:9', pass: 'canary-remote' } },
    })
    const shown = await readFile(`/proc/${running.daemon.pid}/cmdline`, 'utf8')
    expect(shown).toContain('rclone')
    expect(shown).not.toMatch(/canary/)
    expect(shown).not.toContain(running.daemon.address.password)
  })

  test('is in a process group of its own, where Ctrl-C at a terminal does not reach it', async () => {
    await using running = await startTestDaemon()
    const status = await readFile(`/proc/${running.daemon.pid}/stat`, 'latin1')
    const group = status.slice(status.lastIndexOf(')') + 2).split(' ')[2]
    expect(Number(group)).toBe(running.daemon.pid)
  })

  test('is gone once it is disposed, says that this was expected, and leaves no note behind', async () => {
    const running = await startTestDaemon()
    const { pid, died, client } = running.daemon
    expect(await readdir(join(running.folder, 'state'))).toEqual([`rclone-${pid}.json`])
    expect((await stat(join(running.folder, 'state', `rclone-${pid}.json`))).mode & 0o777).toBe(0o600)
    await running.daemon[Symbol.asyncDispose]()
    expect(await processStamp(pid)).toBeUndefined()
    expect(await died).toMatchObject({ expected: true })
    expect(await readdir(join(running.folder, 'state'))).toEqual([])
    await expect(client.call('core/version', {}, z.object({}))).rejects.toMatchObject({ code: 'RCLONE_DIED' })
    await running[Symbol.asyncDispose]()
  })

  test('tells when it died by itself, and calls then say RCLONE_DIED', async () => {
    await using running = await startTestDaemon()
    process.kill(running.daemon.pid, 'SIGKILL')
    expect(await running.daemon.died).toMatchObject({
      expected: false,
      reason: expect.stringContaining('SIGKILL'),
    })
    const call = running.daemon.client.call('core/version', {}, z.object({}))
    await expect(call).rejects.toMatchObject({ code: 'RCLONE_DIED', retryable: true })
  })

  test('opens a sealed configuration with its password and says so when it is the wrong one', async () => {
    await using folder = await createTemporaryFolder()
    const configFile = join(folder.path, 'sealed.conf')
    // From rclone's own tests; the password is `asdf`.
    const box =
      'b5Uk6mE3cUn5Wb8xiWYnVBAxXUirAaEG1PO/GIDiO9274AO+Yj790BwJA4d2y7lNkmHt4nJwIsoueFvUYmm7RDyzER8IA3XOCrjzl3OUcczZqcplk5JfBdhxMZpt1aGYWUdle1IgO/kAFne6sLD6IuxPySEb'
    await writeFile(configFile, `# Encrypted rclone configuration File\n\nRCLONE_ENCRYPT_V0:\n${box}`)
    await using running = await startTestDaemon({ configFile, configPassword: 'asdf' })
    const remotes = await running.daemon.client.call(
      'config/listremotes',
      {},
      z.object({ remotes: z.array(z.string()) }),
    )
    expect(remotes.remotes.sort()).toEqual(['nounc', 'unc'])
    const wrong = startTestDaemon({ configFile, configPassword: 'other' })
    await expect(wrong).rejects.toMatchObject({ code: 'CONFIG_DAMAGED' })
    await expect(startTestDaemon({ configFile })).rejects.toMatchObject({ code: 'CONFIG_DAMAGED' })
  })

  test('is not left running when starting is cancelled or fails', async () => {
    await using folder = await createTemporaryFolder()
    const options = await optionsIn(folder.path)
    await expect(startRcloneDaemon({ ...options, signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'CANCELLED',
    })
    const stop = new AbortController()
    const slow = join(folder.path, 'slow')
    await writeFile(slow, '#!/bin/sh\necho $$ > "$(dirname "$0")/pid"\nexec sleep 600\n', { mode: 0o755 })
    const starting = startRcloneDaemon({ ...options, binary: slow, signal: stop.signal })
    const pid = Number(await readWhenThere(join(folder.path, 'pid')))
    stop.abort()
    await expect(starting).rejects.toMatchObject({ code: 'CANCELLED' })
    expect(await processStamp(pid)).toBeUndefined()
    const broken = join(folder.path, 'broken')
    await writeFile(broken, '#!/bin/sh\necho the disk is on fire >&2\nexit 3\n', { mode: 0o755 })
    await expect(startRcloneDaemon({ ...options, binary: broken })).rejects.toMatchObject({
      code: 'RCLONE_DIED',
      message: expect.stringContaining('the disk is on fire'),
    })
    await expect(startRcloneDaemon({ ...options, binary: '/nowhere/rclone' })).rejects.toMatchObject({
      name: 'HoldfastError',
    })
  })
})

describe('When its owner is killed', () => {
  test('rclone goes with it at once', async () => {
    await using folder = await createTemporaryFolder()
    const owner = await startOwner(folder.path)
    expect(await processStamp(owner.rclonePid)).toBeDefined()
    owner.child.kill('SIGKILL')
    await owner.ended
    await goneWithin(owner.rclonePid, 5000)
  })

  test('the next start ends what a system without setpriv left running', async () => {
    await using folder = await createTemporaryFolder()
    const owner = await startOwner(folder.path, { PATH: '/nowhere' })
    owner.child.kill('SIGKILL')
    await owner.ended
    await wait(200)
    expect(await processStamp(owner.rclonePid), 'without setpriv it stays').toBeDefined()
    await using next = await startRcloneDaemon(await optionsIn(folder.path))
    expect(await processStamp(owner.rclonePid)).toBeUndefined()
    expect(await readdir(join(folder.path, 'state'))).toEqual([`rclone-${next.pid}.json`])
  })

  test('the next start leaves alone a daemon whose owner lives', async () => {
    await using folder = await createTemporaryFolder()
    const options = await optionsIn(folder.path)
    await using first = await startRcloneDaemon(options)
    await using second = await startRcloneDaemon(options)
    await first.client.call('core/version', {}, z.object({}))
    expect((await readdir(options.stateDir)).sort()).toEqual(
      [`rclone-${first.pid}.json`, `rclone-${second.pid}.json`].sort(),
    )
  })

  test('gives way with all its threads, where that is asked', async () => {
    await using folder = await createTemporaryFolder()
    await using daemon = await startRcloneDaemon({ ...(await optionsIn(folder.path)), niceness: 10 })
    const threads = await readdir(`/proc/${daemon.pid}/task`)
    const stats = await Promise.all(
      threads.map((thread) => readFile(`/proc/${daemon.pid}/task/${thread}/stat`, 'utf8')),
    )
    expect(stats.length).toBeGreaterThan(1)
    // Behind the name, which may hold spaces, it is the seventeenth.
    expect(new Set(stats.map((stat) => stat.split(') ').at(-1)?.split(' ')[16]))).toEqual(new Set(['10']))
  })

  test('the next start kills no process that only has the same number', async () => {
    await using folder = await createTemporaryFolder()
    const options = await optionsIn(folder.path)
    const bystander = spawn('sleep', ['600'], { stdio: 'ignore' })
    await once(bystander, 'spawn')
    await mkdir(options.stateDir)
    const note = { pid: bystander.pid, stamp: 'another/1', ownerPid: 999_999_999, ownerStamp: 'another/1' }
    await writeFile(join(options.stateDir, `rclone-${bystander.pid}.json`), JSON.stringify(note))
    await writeFile(join(options.stateDir, 'rclone-77.json'), '{"pid":')
    await writeFile(join(options.stateDir, 'something-else.json'), '{}')
    await using daemon = await startRcloneDaemon(options)
    expect(await processStamp(bystander.pid ?? 0)).toBeDefined()
    expect((await readdir(options.stateDir)).sort()).toEqual([
      `rclone-${daemon.pid}.json`,
      'something-else.json',
    ])
    bystander.kill('SIGKILL')
    await once(bystander, 'close')
  })
})

async function optionsIn(folder: string): Promise<RcloneDaemonOptions> {
  const { binary } = await findRclone(process.env.PATH ?? '')
  return { binary, configFile: join(folder, 'rclone.conf'), stateDir: join(folder, 'state') }
}

type Owner = { readonly child: ChildProcess; readonly rclonePid: number; readonly ended: Promise<unknown> }

/** A process that starts a daemon, tells its number and waits. */
async function startOwner(folder: string, environment: Record<string, string> = {}): Promise<Owner> {
  const index = fileURLToPath(new URL('./daemon.ts', import.meta.url))
  const script = `
    import { startRcloneDaemon } from ${JSON.stringify(index)}
    const daemon = await startRcloneDaemon(${JSON.stringify(await optionsIn(folder))})
    console.log(daemon.pid)
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...environment },
  })
  const ended = once(child, 'close')
  for await (const line of createInterface(child.stdout)) {
    const rclonePid = Number(line)
    const stamp = await processStamp(rclonePid)
    onTestFinished(async () => {
      if (stamp !== undefined && (await processStamp(rclonePid)) === stamp) process.kill(rclonePid, 'SIGKILL')
    })
    return { child, ended, rclonePid }
  }
  throw new Error('The owner did not start rclone.')
}

async function goneWithin(pid: number, ms: number): Promise<void> {
  for (let waitedMs = 0; waitedMs < ms; waitedMs += 20) {
    if ((await processStamp(pid)) === undefined) return
    await wait(20)
  }
  throw new Error(`Process ${pid} still runs.`)
}

async function readWhenThere(file: string): Promise<string> {
  for (let waitedMs = 0; waitedMs < 10_000; waitedMs += 20) {
    const text = await readFile(file, 'utf8').catch(() => '')
    if (text.endsWith('\n')) return text
    await wait(20)
  }
  throw new Error(`${file} does not appear.`)
}
