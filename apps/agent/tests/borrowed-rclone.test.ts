import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { freePort } from '@holdfast/testkit'
import { expect, test } from 'vitest'
import { readConfig } from '../src/config.ts'
import { ownerOf, startTestAgent, temporaryFolder } from './_test-agent.ts'

const LOGIN = { user: 'holdfast', password: 'lent to Holdfast' }
const PASSPHRASE = 'correct horse battery'

test('an agent backs up and proves through an rclone that somebody else runs, also after that was restarted', async () => {
  await using folder = await temporaryFolder()
  const at = (name: string) => join(folder.path, name)
  await mkdir(at('docs'))
  await mkdir(at('disk'))
  await writeFile(at('docs/letter.txt'), 'kept by a borrowed rclone')
  const port = await freePort()
  await writeFile(
    at('rclone.conf'),
    `[nas]\ntype = alias\nremote = ${at('disk')}\n\n[theirs]\ntype = memory\n`,
  )
  const before = await readFile(at('rclone.conf'), 'utf8')
  const lent = await lendRclone(folder.path, port)
  const rclone = { url: `http://127.0.0.1:${port}`, ...LOGIN }
  await using test = await startTestAgent({ home: at('home'), config: { rclone } })
  const owner = ownerOf(test.agent)
  const timeZone = 'UTC'

  const plan = await owner.plan.create.mutate({
    name: 'Docs',
    sources: [{ path: at('docs'), excludes: [] }],
    place: { kind: 'remote', remote: 'nas', path: 'vault' },
    passphrase: PASSPHRASE,
    schedule: { kind: 'manual' },
    options: {},
  })
  expect(await finished(test, plan.id)).toMatchObject({ outcome: 'complete', proof: { mismatches: 0 } })

  await lent[Symbol.asyncDispose]()
  expect(await finished(test, plan.id)).toMatchObject({ outcome: 'failed' })
  await using _again = await lendRclone(folder.path, port)
  await reachable(() => owner.remote.list.query())
  await writeFile(at('docs/second.txt'), 'after the restart')
  expect(await finished(test, plan.id)).toMatchObject({ outcome: 'complete', summary: { filesNew: 1 } })
  expect((await owner.home.query({ timeZone })).plans[0]?.lastSnapshotAt).toBeDefined()

  // Nothing of the vault's keys was left there, and nothing of what else it knows was taken away.
  expect(await readFile(at('rclone.conf'), 'utf8')).toBe(before)
  expect(await readFile(at('log'), 'utf8').catch(() => '')).not.toMatch(/crypt,|password/)
  const values = { url: 'http://127.0.0.1:1', vendor: 'other' }
  const refused = owner.remote.start.mutate({ name: 'mine', type: 'webdav', values })
  await expect(refused).rejects.toThrow(/only borrowed/)
  const now = { bytesPerSecond: 100_000, until: new Date(Date.now() + 3_600_000) }
  await expect(owner.bandwidth.setNow.mutate({ now })).rejects.toThrow(/only borrowed/)
}, 120_000)

test.each([
  [{ HOLDFAST_RCLONE_RC_URL: 'http://127.0.0.1:5572' }, /go together/],
  [{ ...login(), HOLDFAST_RCLONE_RC_PASSWORD_FILE: '/nowhere/password' }, /one of the two/],
  [{ ...login(), HOLDFAST_RCLONE_RC_URL: 'http://nas.local:5572' }, /on this machine/],
  [{ ...login(), HOLDFAST_RCLONE_RC_URL: 'https://127.0.0.1:5572' }, /on this machine/],
])('an rclone that is not here, or lets everybody in, is no setting: %o', (env, why) => {
  expect(() => readConfig(env, [])).toThrow(why)
})

test('an rclone of somebody else is set by three variables, its password also by a file', async () => {
  await using folder = await temporaryFolder()
  const file = join(folder.path, 'password')
  await writeFile(file, `${LOGIN.password}\n`)
  const HOLDFAST_RCLONE_RC_URL = 'http://localhost:5572'
  const byFile = {
    HOLDFAST_RCLONE_RC_URL,
    HOLDFAST_RCLONE_RC_USER: LOGIN.user,
    HOLDFAST_RCLONE_RC_PASSWORD_FILE: file,
  }
  expect(readConfig(byFile, []).rclone).toEqual({ url: HOLDFAST_RCLONE_RC_URL, ...LOGIN })
  const { rclone } = readConfig({ ...login(), HOLDFAST_RCLONE_RC_URL: 'http://localhost:5572/' }, [])
  expect(rclone).toEqual({ url: 'http://localhost:5572', ...LOGIN })
})

function login() {
  return { HOLDFAST_RCLONE_RC_USER: LOGIN.user, HOLDFAST_RCLONE_RC_PASSWORD: LOGIN.password }
}

async function finished(test: Awaited<ReturnType<typeof startTestAgent>>, planId: string) {
  const owner = ownerOf(test.agent)
  const { id } = await owner.run.start.mutate({ planId })
  for (let i = 0; i < 600; i += 1) {
    const run = await owner.run.get.query({ id })
    if (run.state === 'finished') return run
    await wait(100)
  }
  throw new Error('the run did not end')
}

async function reachable(work: () => Promise<unknown>): Promise<void> {
  for (let i = 0; i < 200; i += 1) {
    const ok = await work().then(
      () => true,
      () => false,
    )
    if (ok) return
    await wait(100)
  }
}

async function lendRclone(folder: string, port: number): Promise<AsyncDisposable> {
  const login = [`--rc-user=${LOGIN.user}`, `--rc-pass=${LOGIN.password}`]
  const files = [`--config=${join(folder, 'rclone.conf')}`, `--log-file=${join(folder, 'log')}`, '-v']
  const args = ['rcd', '--rc-serve', `--rc-addr=127.0.0.1:${port}`, ...login, ...files]
  const child = spawn('rclone', args, { stdio: 'ignore' })
  await reachable(() => fetch(`http://127.0.0.1:${port}/`))
  return {
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    },
  }
}
