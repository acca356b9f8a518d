import { statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { openHistory } from '@holdfast/history'
import { systemClock } from '@holdfast/host'
import { expect, test } from 'vitest'
import { ownerOf, startTestAgent, temporaryFolder } from './_test-agent.ts'
import { followEvents, makePlan, until, writeTree } from './_test-plan.ts'

test('a vault whose place says that it is nearly full puts its plan at risk until there is room again', async () => {
  await using folder = await temporaryFolder()
  const [home, source, vault] = ['home', 'source', 'vault'].map((name) => join(folder.path, name)) as [
    string,
    string,
    string,
  ]
  await writeTree(source, { 'a.txt': 'hello' })
  async function runOnce(api: ReturnType<typeof ownerOf>, agent: Parameters<typeof followEvents>[0]) {
    await using events = await followEvents(agent)
    const [plan] = await api.plan.list.query()
    if (plan === undefined) throw new Error('there is a plan')
    const { id } = await api.run.start.mutate({ planId: plan.id })
    await until(
      events,
      (event) => event.type === 'run' && event.run.id === id && event.run.state === 'finished',
    )
    return plan
  }
  const file = join(home, 'holdfast.db')
  const key = await (async () => {
    await using it = await startTestAgent({ home })
    const api = ownerOf(it.agent)
    await makePlan(api, { source, vault, passphrase: null, name: 'Papers' })
    const plan = await runOnce(api, it.agent)
    return `room-${plan.vault.id}`
  })()
  {
    await using history = await openHistory({ file, clock: systemClock })
    const now = new Date()
    await history.settings.set(key, { freeBytes: 5, totalBytes: 100, at: now }, now)
  }
  await using it = await startTestAgent({ home })
  const api = ownerOf(it.agent)
  const verdict = async () => (await api.home.query({ timeZone: 'UTC' })).verdict
  expect(await verdict()).toMatchObject({
    ...{ state: 'at-risk', code: 'nearly-full' },
    sentence: 'The vault of Papers is nearly full: 5 bytes of 100 bytes are free.',
  })
  const disk = await statfs(folder.path)
  await runOnce(api, it.agent)
  // The place is asked after each run; its answer is this disk's own.
  const roomy = disk.bavail * 10 > disk.blocks
  while ((await verdict()).sentence.includes('5 bytes of 100 bytes'))
    await new Promise((resolve) => setTimeout(resolve, 20))
  expect((await verdict()).code === 'nearly-full').toBe(!roomy)
})
