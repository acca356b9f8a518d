import { DAY_MS, WriterId } from '@holdfast/domain'
import { describe, expect, it } from 'vitest'
import { createTestVault, type TestVault } from '../test-vault.ts'
import { putHistory, readHistory } from './history.ts'
import { putSettings, readSettings } from './machine-settings.ts'
import { pruneSettings } from './prune-settings.ts'
import { makeSettingsKey } from './settings-key.ts'
import { testLines, testSettings } from './test-settings.ts'

const BY = { writer: WriterId.parse('0123abcd'), installation: '00112233aabbccdd' }
const ZERO = { runs: 0, audit: 0 }

function pruneOf(t: TestVault) {
  const env = { ...t.env, signal: new AbortController().signal, emit: () => undefined }
  return async (request: { dryRun?: boolean; graceMs?: number } = {}) =>
    await pruneSettings(t.vault, { dryRun: false, graceMs: 0, ...request }, env)
}

async function settings(t: TestVault): Promise<string> {
  return (await putSettings(t.vault, { ...BY, settings: testSettings() }, t.env)).key
}

async function history(t: TestVault, full: boolean, from: number, to: number): Promise<string> {
  const seqs = { from: full ? ZERO : { runs: from, audit: 0 }, to: { runs: to, audit: 0 } }
  const lines = testLines([full ? 1 : from + 1, to], [1, 0])
  return (await putHistory(t.vault, { ...BY, full, ...seqs, lines }, t.env)).key
}

const flip = (t: TestVault, key: string) => {
  const bytes = Uint8Array.from(t.inner.objects.get(key)?.bytes ?? [])
  bytes[20] = (bytes[20] ?? 0) ^ 4
  t.inner.objects.set(key, { bytes, modifiedAtMs: 0 })
}

const stored = (t: TestVault) =>
  [...t.inner.objects.keys()].filter((key) => key.startsWith('settings/')).sort()

describe('a prune', () => {
  it('keeps two settings and what came after the second newest full history, and those of each machine', async () => {
    const t = await createTestVault()
    const prune = pruneOf(t)
    const keys: string[] = []
    for (let i = 0; i < 4; i += 1) {
      keys.push(await settings(t), await history(t, i < 3, i, i + 1), await history(t, false, i + 1, i + 1))
      if (i === 1) expect(await prune()).toEqual({ objects: 0, bytes: 0 })
    }
    const other = { ...BY, writer: WriterId.parse('ffff0000'), settings: testSettings() }
    const { key: theirs } = await putSettings(t.vault, other, t.env)
    // settings, full, delta, settings, full, delta, settings, full, delta, settings, delta, delta
    expect(await prune({ dryRun: true })).toMatchObject({ objects: 4, bytes: expect.any(Number) })
    expect(stored(t)).toEqual([...keys, theirs])
    // One that does not verify replaces nothing.
    flip(t, keys[9] ?? '')
    expect(await prune()).toMatchObject({ objects: 3 })
    expect(stored(t)).toEqual([...keys.slice(3), theirs])
    expect(await readHistory(t.vault, BY.writer, t.env)).toMatchObject({ gaps: [] })
    expect(await prune()).toEqual({ objects: 0, bytes: 0 })
  })

  it('lets newer ones stand for the grace before they replace older ones', async () => {
    const t = await createTestVault()
    const prune = pruneOf(t)
    const keys: string[] = []
    for (let i = 0; i < 3; i += 1) keys.push(await settings(t))
    t.wait(6 * DAY_MS)
    expect(await prune({ graceMs: 7 * DAY_MS })).toMatchObject({ objects: 0 })
    t.wait(DAY_MS)
    expect(await prune({ graceMs: 7 * DAY_MS })).toMatchObject({ objects: 1 })
    expect(stored(t)).toEqual(keys.slice(1))
  })
})

describe('a check of all bytes', () => {
  it.each([
    ['the newest settings', 'settings'],
    ['the newest full history', 'full'],
    ['a part of the newest history', 'delta'],
  ] as const)('names %s when a bit of them flips, or they are cut short', async (_title, which) => {
    const t = await createTestVault()
    await t.backup()
    const keys = {
      first: await history(t, true, 0, 1),
      full: await history(t, true, 0, 2),
      delta: await history(t, false, 2, 3),
      settings: await settings(t),
      last: await history(t, false, 3, 4),
    }
    expect(await t.check({ kind: 'all' })).toMatchObject({ ok: true, garbage: [] })
    const whole = t.inner.objects.get(keys[which])
    flip(t, keys[which])
    const damage = [{ object: keys[which], kind: 'settings', affects: [] }]
    expect(await t.check({ kind: 'all' })).toMatchObject({ ok: false, damaged: damage })
    const half = whole?.bytes.subarray(0, 50) ?? new Uint8Array()
    t.inner.objects.set(keys[which], { bytes: half, modifiedAtMs: 0 })
    expect(await t.check({ kind: 'all' })).toMatchObject({ ok: false, damaged: damage })
  })

  it('names a key file of the settings that no passphrase can open, and leaves a sound one alone', async () => {
    const t = await createTestVault()
    await t.backup()
    const kdf = { name: 'scrypt', n: 2 ** 15, r: 8, p: 1 } as const
    await makeSettingsKey(t.vault, 'correct horse battery', { ...t.env, kdf })
    expect(await t.check({ kind: 'all' })).toMatchObject({ ok: true, garbage: [] })
    const [key = ''] = stored(t)
    t.inner.objects.set(key, { bytes: new Uint8Array(9), modifiedAtMs: 0 })
    expect(await t.check({ kind: 'all' })).toMatchObject({
      ok: false,
      damaged: [{ object: key, kind: 'key' }],
    })
  })

  it('takes what storing left that was cut off for a leftover once it was stored again', async () => {
    const t = await createTestVault()
    await t.backup()
    await history(t, true, 0, 1)
    const cut = [await settings(t), await history(t, false, 1, 2)]
    for (const key of cut) t.inner.objects.set(key, { bytes: new Uint8Array(7), modifiedAtMs: 0 })
    await settings(t)
    await history(t, false, 1, 2)
    expect(await t.check({ kind: 'all' })).toMatchObject({ ok: true, garbage: cut })
    expect((await readSettings(t.vault, BY.writer, t.env)).newest).toMatchObject({ number: 4 })
  })
})
