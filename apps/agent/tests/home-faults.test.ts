import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openHistory } from '@holdfast/history'
import { systemClock } from '@holdfast/host'
import { expect, test } from 'vitest'
import { startAgent } from '../src/start-agent.ts'
import { ownerOf, startTestAgent, temporaryFolder, testConfig } from './_test-agent.ts'
import { followEvents, makePlan, until, writeTree } from './_test-plan.ts'

test('a home that can not be a folder is said at the start, without waiting', async () => {
  await using folder = await temporaryFolder()
  const file = join(folder.path, 'file')
  await writeFile(file, 'mine')
  for (const home of [file, join(file, 'below'), '/proc/holdfast', '/proc/1/holdfast/home'])
    await expect(startAgent(testConfig(home))).rejects.toMatchObject({
      code: 'TARGET_NOT_WRITABLE',
      message: expect.stringContaining('home folder'),
      next: expect.stringContaining('HOLDFAST_HOME'),
    })
})

test('an agent that lost the key of its files does not start, and starts again with it', async () => {
  await using folder = await temporaryFolder()
  const home = join(folder.path, 'home')
  const start = async () => {
    await using _agent = await startAgent(testConfig(home))
  }
  await start()
  const key = await readFile(join(home, 'config.key'))
  await rm(join(home, 'config.key'))
  await expect(startAgent(testConfig(home))).rejects.toMatchObject({
    code: 'CONFIG_DAMAGED',
    message: expect.stringContaining('config.key'),
  })
  await writeFile(join(home, 'config.key'), key)
  await start()
})

test('an encrypted vault of a plan works on when rclone.conf is lost and nothing but that', async () => {
  await using folder = await temporaryFolder()
  const home = join(folder.path, 'home')
  await writeTree(join(folder.path, 'source'), { 'a.txt': 'x' })
  const vault = join(folder.path, 'vault')
  const plan = await (async () => {
    await using first = await startTestAgent({ home })
    return await makePlan(ownerOf(first.agent), {
      source: join(folder.path, 'source'),
      vault,
      passphrase: 'correct horse',
    })
  })()
  await rm(join(home, 'rclone.conf'))
  await using second = await startTestAgent({ home })
  await using events = await followEvents(second.agent)
  await ownerOf(second.agent).run.start.mutate({ planId: plan.id })
  const end = await until(events, (event) => event.type === 'run' && event.run.state === 'finished')
  expect(end).toMatchObject({ run: { outcome: 'complete', proof: { mismatches: 0 } } })
})

test("looking at a place takes the user's remote over, and the audit trail says who did that", async () => {
  await using folder = await temporaryFolder()
  const disk = join(folder.path, 'disk')
  await mkdir(disk)
  const theirs = join(folder.path, 'theirs.conf')
  await writeFile(theirs, `[base]\ntype = alias\nremote = ${disk}\n\n[nas]\ntype = alias\nremote = base:\n`)
  const home = join(folder.path, 'home')
  await using it = await startTestAgent({ home, config: { userRcloneConfig: [theirs] } })
  const place = { kind: 'remote', remote: 'nas', path: 'x' } as const
  for (let times = 0; times < 2; times += 1)
    expect(await ownerOf(it.agent).setup.inspectPlace.mutate({ place })).toMatchObject({ kind: 'empty' })
  await using history = await openHistory({ file: join(home, 'holdfast.db'), clock: systemClock })
  const entries = await history.audit.list({ limit: 10 })
  expect(entries).toMatchObject([
    { act: 'remote.import', subject: 'nas', after: { remotes: ['base', 'nas'] }, actor: { kind: 'cli' } },
  ])
})
