import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Run } from '@holdfast/domain'
import { expect, test } from 'vitest'
import { ownerOf, startTestAgent, type TestAgent, temporaryFolder } from './_test-agent.ts'
import { followEvents, makePlan, until, writeTree } from './_test-plan.ts'

/** As small as a program can be. */
async function writeProgram(root: string): Promise<void> {
  await writeTree(root, {
    'package.json': '{}',
    'apps/agent/package.json': '{}',
    'apps/agent/src/main.ts': 'console.log(1)',
    'apps/cli/package.json': '{}',
  })
}

async function runToEnd(it: TestAgent, planId: Run['planId']): Promise<Run['id']> {
  await using events = await followEvents(it.agent)
  const { id } = await ownerOf(it.agent).run.start.mutate({ planId })
  await until(
    events,
    (event) => event.type === 'run' && event.run.id === id && event.run.state === 'finished',
  )
  return id
}

test('a run puts the program into its vault, once per version, and says so', async () => {
  await using folder = await temporaryFolder()
  const at = (name: string) => join(folder.path, name)
  await writeProgram(at('program'))
  await writeTree(at('source'), { 'a.txt': 'hello' })
  await using it = await startTestAgent({ config: { programRoot: at('program') } })
  const api = ownerOf(it.agent)
  const plan = await makePlan(api, { source: at('source'), vault: at('vault'), passphrase: null })
  expect((await api.kit.list.query())[0]?.program).toBeNull()

  const run = await runToEnd(it, plan.id)
  let kept = null
  while (kept === null) {
    await wait(50)
    kept = (await api.kit.list.query())[0]?.program ?? null
  }
  expect(kept).toMatchObject({ version: '0.0.0-test', bytes: expect.any(Number) })
  const objects = async () => (await readdir(join(at('vault'), 'v1', 'program'), { recursive: true })).sort()
  const stored = await objects()
  expect(stored.some((name) => name.endsWith('.prg'))).toBe(true)
  let said: string | undefined
  while (said === undefined) {
    await wait(50)
    said = (await api.run.log.query({ id: run, limit: 100 })).findLast(({ text }) =>
      text.includes('itself is in the vault'),
    )?.text
  }
  const acts = await api.audit.list.query({ limit: 50 })
  expect(acts.find(({ act }) => act === 'vault.program')).toMatchObject({ actor: { kind: 'schedule' } })

  await runToEnd(it, plan.id)
  await it.agent[Symbol.asyncDispose]()
  expect(await objects()).toEqual(stored)
})
