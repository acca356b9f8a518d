import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DAY_MS, Plan, RunId, WriterId } from '@holdfast/domain'
import { openHistory } from '@holdfast/history'
import { systemRandom } from '@holdfast/host'
import { createMemoryStore } from '@holdfast/testkit'
import { createVault, readHistory, readSettings } from '@holdfast/vault'
import { expect, test } from 'vitest'
import { createSettingsKeeper } from './keep-settings.ts'

const WRITER = WriterId.parse('0123abcd')

/** A keeper over a real history and a vault in memory. */
async function openKeeper() {
  await using stack = new AsyncDisposableStack()
  const dir = await mkdtemp(join(tmpdir(), 'holdfast-keep-'))
  stack.defer(() => rm(dir, { recursive: true, force: true }))
  let nowMs = Date.UTC(2026, 10, 22)
  const clock = { nowMs: () => nowMs, nowNs: () => BigInt(nowMs) * 1_000_000n }
  const history = stack.use(await openHistory({ file: join(dir, 'holdfast.db'), clock }))
  const inner = createMemoryStore()
  const cache = { get: () => undefined, put: () => undefined, retain: () => undefined }
  const env = { clock, random: systemRandom, cache }
  const secret = { kind: 'passphrase', passphrase: 'correct horse' } as const
  const vault = await createVault({ outer: createMemoryStore(), openInner: async () => inner }, secret, env)
  const place = { id: vault.id, name: 'v', place: { kind: 'folder', path: '/v' }, encrypted: true } as const
  await history.plans.create(
    Plan.parse({
      ...{ id: 'p', name: 'P', paused: false, createdAt: new Date(nowMs), vault: place },
      ...{ sources: [{ path: '/home', excludes: [] }], schedule: { kind: 'manual' } },
    }),
  )
  const remotes: Record<string, Record<string, string>> = { cloud: { type: 'drive', token: 'one' } }
  const keeper = createSettingsKeeper({
    ...{
      history,
      now: () => new Date(nowMs),
      machine: { writer: WRITER, installation: '0'.repeat(16), machine: 'm' },
    },
    vaults: { opened: async () => ({ vault, env }) },
    remotes: async () => remotes,
  })
  let runs = 0
  const owned = stack.move()
  return {
    ...{ vault, env, remotes, history },
    wait(ms: number) {
      nowMs += ms
    },
    async run() {
      runs += 1
      const id = RunId.parse(`run-${runs}`)
      await history.runs.insertQueued({
        id,
        planId: (await history.plans.list())[0]?.id ?? fail(),
        trigger: 'cli',
        queuedAt: new Date(nowMs),
      })
      const end = {
        outcome: 'cancelled',
        summary: null,
        reason: null,
        proof: null,
        finishedAt: new Date(nowMs),
      } as const
      await history.runs.finish(id, end)
    },
    /** The kinds of objects that one more keeping stores, as settings or a history from and to which run. */
    async keep(): Promise<number> {
      const before = inner.objects.size
      await keeper.keep(place, { signal: new AbortController().signal })
      return inner.objects.size - before
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

function fail(): never {
  throw new Error('no plan')
}

test('only what changed is stored: a renewed sign-in alone is no change', async () => {
  await using it = await openKeeper()
  expect(await it.keep()).toBe(1)
  expect(await it.keep()).toBe(0)
  it.remotes.cloud = { type: 'drive', token: 'two' }
  expect(await it.keep()).toBe(0)
  await it.run()
  expect(await it.keep()).toBe(1)
  it.remotes.nas = { type: 'sftp', pass: 'x' }
  await it.run()
  expect(await it.keep()).toBe(2)
  const { newest } = await readSettings(it.vault, WRITER, it.env)
  expect(newest?.settings.remotes).toEqual({
    cloud: { type: 'drive', token: 'two' },
    nas: { type: 'sftp', pass: 'x' },
  })
  expect(await readHistory(it.vault, WRITER, it.env)).toMatchObject({ gaps: [], to: { runs: 2, audit: 0 } })
})

test('after a week everything is stored as a whole, and so it is after the clock was put back', async () => {
  await using it = await openKeeper()
  await it.run()
  expect(await it.keep()).toBe(2)
  it.wait(7 * DAY_MS - 1)
  expect(await it.keep()).toBe(0)
  it.wait(1)
  expect(await it.keep()).toBe(2)
  it.wait(-DAY_MS)
  expect(await it.keep()).toBe(2)
  expect((await readHistory(it.vault, WRITER, it.env)).runs.map(({ seq }) => seq)).toEqual([1])
})

test('what could not be stored is stored the next time', async () => {
  await using it = await openKeeper()
  await it.keep()
  await it.run()
  const { put } = it.vault.store
  it.vault.store.put = () => Promise.reject(new Error('the line is cut'))
  await expect(it.keep()).rejects.toThrow('the line is cut')
  it.vault.store.put = put
  await it.run()
  expect(await it.keep()).toBe(1)
  expect(await readHistory(it.vault, WRITER, it.env)).toMatchObject({ gaps: [], to: { runs: 2 } })
})
