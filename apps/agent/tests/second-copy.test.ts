import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PlanOptions, type Run, type VaultPlace } from '@holdfast/domain'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ownerOf, startTestAgent, type TestAgent } from './_test-agent.ts'
import { followEvents, makePlan, until, writeTree } from './_test-plan.ts'

let it: TestAgent
beforeEach(async () => {
  it = await startTestAgent()
})
afterEach(() => it[Symbol.asyncDispose]())

const inFolder = (name: string) => join(it.home, '..', name)
const folder = (name: string): VaultPlace => ({ kind: 'folder', path: inFolder(name) })

async function planWithCopy(passphrase: string | null, copies = [folder('copy')]) {
  await writeTree(inFolder('source'), { 'a.txt': 'hello' })
  const api = ownerOf(it.agent)
  const plan = await makePlan(api, { source: inFolder('source'), vault: inFolder('vault'), passphrase })
  return api.plan.update.mutate({ id: plan.id, change: { options: PlanOptions.parse({ copies }) } })
}

async function runToEnd(planId: Run['planId']): Promise<Run['id']> {
  await using events = await followEvents(it.agent)
  const { id } = await ownerOf(it.agent).run.start.mutate({ planId })
  await until(
    events,
    (event) => event.type === 'run' && event.run.id === id && event.run.state === 'finished',
  )
  return id
}

/** The plan's card when its copy has ended after a moment. */
async function copyEnded(since: Date) {
  await using events = await followEvents(it.agent)
  for (;;) {
    const [card] = (await ownerOf(it.agent).home.query({ timeZone: 'UTC' })).plans
    const record = card?.copies[0]?.record
    if (card !== undefined && record?.finishedAt != null && Date.parse(record.startedAt) >= since.getTime())
      return card
    await until(events, (event) => event.type === 'plans')
  }
}

test('a run brings the second copy up to date, which opens with the same passphrase', async () => {
  const plan = await planWithCopy('eight or more')
  const api = ownerOf(it.agent)
  const since = new Date()
  const run = await runToEnd(plan.id)
  const card = await copyEnded(since)
  const [copy] = card.copies
  expect(copy?.record).toMatchObject({ problem: null, snapshots: 1 })
  expect(copy?.record?.completeAt).toBe(copy?.record?.startedAt)
  expect(copy?.record?.checkedAt).not.toBeNull()
  expect(card.protection).toMatchObject({ state: 'protected', code: 'safe' })
  const lines = await api.run.log.query({ id: run, limit: 100 })
  expect(lines.at(-1)?.text).toContain('The second copy at')

  // The vault burns; a second machine opens the copy.
  await rm(inFolder('vault'), { recursive: true })
  const found = await api.setup.inspectPlace.mutate({ place: folder('copy') })
  expect(found).toMatchObject({ kind: 'vault', encrypted: true })
  expect(
    await api.setup.tryPassphrase.mutate({ place: folder('copy'), passphrase: 'eight or more' }),
  ).toEqual({ snapshots: 1 })
})

test('a copy that fails leaves the run complete, says so, and puts the plan at risk', async () => {
  const plan = await planWithCopy(null)
  // Something else took the place meanwhile.
  await mkdir(inFolder('copy'))
  await writeFile(join(inFolder('copy'), 'holiday.jpg'), 'x')
  const since = new Date()
  const run = await runToEnd(plan.id)
  const card = await copyEnded(since)
  expect(card.lastRun).toMatchObject({ outcome: 'complete' })
  expect(card.copies[0]?.record).toMatchObject({ completeAt: null, problem: { code: 'PLACE_NOT_EMPTY' } })
  expect(card.protection).toMatchObject({ state: 'at-risk', code: 'copy-behind' })
  const lines = await ownerOf(it.agent).run.log.query({ id: run, limit: 100 })
  expect(lines.at(-1)).toMatchObject({ level: 'warn' })
  expect(lines.at(-1)?.text).toContain('The snapshot is safe in the vault')

  const copyNow = async () => {
    const again = new Date()
    await ownerOf(it.agent).plan.copyNow.mutate({ id: plan.id, place: folder('copy') })
    return (await copyEnded(again)).protection.code
  }
  await rm(join(inFolder('copy'), 'holiday.jpg'))
  expect(await copyNow()).toBe('safe')
  // Another disk is mounted there: what was copied before is not there any more.
  await rm(inFolder('copy'), { recursive: true })
  await writeTree(inFolder('copy'), { 'holiday.jpg': 'x' })
  expect(await copyNow()).toBe('copy-behind')
})

test('the vault itself, a place inside it, other files and another vault are no places for a copy', async () => {
  const plan = await planWithCopy(null, [])
  await mkdir(inFolder('photos'))
  await writeFile(join(inFolder('photos'), 'me.jpg'), 'x')
  await makePlan(ownerOf(it.agent), {
    ...{ source: inFolder('source'), vault: inFolder('other'), passphrase: null, name: 'Other' },
  })
  for (const [place, code] of [
    [folder('vault'), 'INPUT_INVALID'],
    [folder('vault/v1'), 'INPUT_INVALID'],
    [folder('photos'), 'PLACE_NOT_EMPTY'],
    [folder('other'), 'VAULT_EXISTS'],
  ] as const) {
    const options = PlanOptions.parse({ copies: [place] })
    await expect(
      ownerOf(it.agent).plan.update.mutate({ id: plan.id, change: { options } }),
    ).rejects.toMatchObject({
      data: { code, fields: { 'options.copies.0': [expect.any(String)] } },
    })
  }
})
