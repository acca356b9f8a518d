import { HoldfastError, KeepRules } from '@holdfast/domain'
import { expect, it } from 'vitest'
import type { ObjectStore } from './ports.ts'
import { prune } from './prune.ts'
import { createTestVault, type TestVault } from './test-vault.ts'

/** The vault at a remote that takes no byte more than it has now; what is deleted gives room. */
function full(t: TestVault): TestVault {
  const stored = () => [...t.inner.objects.values()].reduce((sum, { bytes }) => sum + bytes.length, 0)
  const limit = stored()
  const put: ObjectStore['put'] = async (key, body, options) => {
    if (stored() + body.length > limit) throw new HoldfastError('REMOTE_FULL', `No room for ${key}.`)
    await t.inner.put(key, body, options)
  }
  return t.through({ ...t.inner, put })
}

async function pruned(t: TestVault) {
  const request = { installation: '00112233aabbccdd', machine: undefined, plan: undefined, timeZone: 'UTC' }
  const how = { graceMs: 0, allowLarge: true, takeOver: false, dryRun: false, known: new Map() }
  const env = { ...t.env, signal: new AbortController().signal, emit: () => undefined }
  for await (const event of prune(t.vault, { ...request, ...how, keep: KeepRules.parse({ last: 1 }) }, env))
    if (event.type === 'finished') return event.summary
  throw new Error('no summary')
}

it('a vault at a remote that has no room at all is pruned, and has its reserve again afterwards', async () => {
  const t = await createTestVault()
  for (let i = 0; i < 3; i += 1) {
    t.source.write('/docs/a.bin', Buffer.from(t.env.random.bytes(3_000_000)))
    t.wait(86_400_000)
    await t.backup()
  }
  const reserves = () => [...t.inner.objects.keys()].filter((key) => key.startsWith('reserve/'))
  expect(reserves()).toHaveLength(1)
  t.wait(2 * 86_400_000)
  const summary = await pruned(full(t))
  expect(summary).toMatchObject({ deleted: { snapshots: 2 } })
  expect(summary.bytesFreed).toBeGreaterThan(5_000_000)
  expect(reserves()).toHaveLength(1)
  expect(await t.check({ kind: 'all' })).toMatchObject({ ok: true })
  expect((await t.restore()).tree.nodes.get('/docs/a.bin')?.content.length).toBe(3_000_000)
})
