import { HoldfastError, WriterId } from '@holdfast/domain'
import { createMemoryStore } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../test-vault.ts'
import { createVault, type EngineEnv } from '../vault/create-vault.ts'
import { NO_CACHE } from '../vault/no-cache.ts'
import { type OpenedVault, openVault } from '../vault/open-vault.ts'
import { putHistory, readHistory } from './history.ts'
import { putSettings, readSettings } from './machine-settings.ts'
import { parseSettingsKey } from './settings-format.ts'
import { makeSettingsKey, openSettingsKey } from './settings-key.ts'
import { testLines, testSettings } from './test-settings.ts'

const BY = { writer: WriterId.parse('0123abcd'), installation: '00112233aabbccdd' }
const ZERO = { runs: 0, audit: 0 }
const FAST = { name: 'scrypt', n: 2 ** 15, r: 8, p: 1 } as const

async function made(kind: 'plain' | 'passphrase' = 'plain') {
  const outer = createMemoryStore()
  const inner = createMemoryStore()
  const doors = { outer, openInner: async () => inner }
  let nowMs = Date.UTC(2026, 10, 22, 17, 45)
  const wait = (ms: number) => {
    nowMs += ms
  }
  const clock = { nowMs: () => nowMs, nowNs: () => BigInt(nowMs) * 1_000_000n }
  const env: EngineEnv = { clock, random: seededRandom(7), cache: NO_CACHE }
  const secret = kind === 'plain' ? { kind } : { kind, passphrase: 'correct horse' }
  const vault = await createVault(doors, secret, env)
  return { vault, inner, doors, env, wait }
}

const allBytes = (inner: ReturnType<typeof createMemoryStore>) =>
  Buffer.concat([...inner.objects.values()].map(({ bytes }) => Buffer.from(bytes))).toString('latin1')

describe('settings in a vault', () => {
  it('come back whole with the passphrase alone, and the newest first', async () => {
    const { vault, doors, env, wait } = await made('passphrase')
    expect(await readSettings(vault, BY.writer, env)).toEqual({ newest: undefined, broken: [] })
    await putSettings(vault, { ...BY, settings: testSettings('old') }, env)
    wait(-60_000)
    const put = await putSettings(vault, { ...BY, settings: testSettings('new') }, env)
    expect(parseSettingsKey(put.key)).toEqual({ writer: BY.writer, number: 2 })
    expect(put).toMatchObject({ number: 2, secretsLeftOut: false })

    const again = await openVault(doors, { kind: 'passphrase', passphrase: 'correct horse' }, env)
    const { newest, broken } = await readSettings(again, BY.writer, env)
    expect(broken).toEqual([])
    expect(newest).toMatchObject({ number: 2, installation: BY.installation, secretsLeftOut: false })
    expect(newest?.settings).toEqual(testSettings('new'))
    expect((await readSettings(again, WriterId.parse('ffffffff'), env)).newest).toBeUndefined()
  })

  it('of a plain vault hold no secret, unless they have a passphrase of their own', async () => {
    const { vault, inner, env } = await made()
    await putSettings(vault, { ...BY, settings: testSettings() }, env)
    const { newest } = await readSettings(vault, BY.writer, env)
    expect(newest).toMatchObject({ secretsLeftOut: true, settings: { remotes: { nas: { type: 'sftp' } } } })
    expect(JSON.stringify(newest)).not.toContain('canary')

    const ownKey = await makeSettingsKey(vault, 'a second one', { ...env, kdf: FAST })
    expect(await makeSettingsKey(vault, 'a second one', { ...env, kdf: FAST })).toEqual(ownKey)
    await putSettings(vault, { ...BY, ownKey, settings: testSettings() }, env)
    await expect(readSettings(vault, BY.writer, env)).rejects.toMatchObject({ code: 'PASSPHRASE_MISSING' })
    const other = { ...env, ownKey: new Uint8Array(32) }
    await expect(readSettings(vault, BY.writer, other)).rejects.toMatchObject({ code: 'LOCKED' })
    await expect(openSettingsKey(vault, 'wrong', env)).rejects.toMatchObject({ code: 'LOCKED' })
    const opened = await openSettingsKey(vault, 'a second one', env)
    const whole = await readSettings(vault, BY.writer, { ...env, ownKey: opened })
    expect(whole.newest).toMatchObject({ secretsLeftOut: false, settings: testSettings() })
    expect(allBytes(inner)).not.toContain('canary')
  })

  it('of an encrypted vault take no passphrase of their own', async () => {
    const { vault, env } = await made('passphrase')
    expect(await openSettingsKey(vault, 'x', env)).toBeUndefined()
    await expect(makeSettingsKey(vault, 'x', env)).rejects.toMatchObject({ code: 'INPUT_INVALID' })
  })

  it('that are damaged or lie under another name are said, and the ones before count', async () => {
    const { vault, inner, env } = await made()
    const first = await putSettings(vault, { ...BY, settings: testSettings('first') }, env)
    const second = await putSettings(vault, { ...BY, settings: testSettings('second') }, env)
    const bytes = inner.objects.get(second.key)?.bytes ?? new Uint8Array(0)
    const moved = first.key.replace('/0000000001-', '/0000000009-')
    await inner.put(moved, inner.objects.get(first.key)?.bytes ?? new Uint8Array(0))
    await inner.put('settings/0123abcd/odd', new Uint8Array(3))
    for (let at = 0; at < bytes.length; at += 1) {
      const flipped = Uint8Array.from(bytes)
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8))
      inner.objects.set(second.key, { bytes: flipped, modifiedAtMs: 0 })
      const { newest, broken } = await readSettings(vault, BY.writer, env)
      expect(newest?.settings.machine).toBe('first')
      expect(broken.map(({ key }) => key)).toEqual(['settings/0123abcd/odd', moved, second.key])
    }
    inner.objects.set(second.key, { bytes, modifiedAtMs: 0 })
    expect((await readSettings(vault, BY.writer, env)).newest?.settings.machine).toBe('second')
  })

  it('of another vault are none of this one', async () => {
    const [one, other] = [await made(), await made()]
    const { key } = await putSettings(one.vault, { ...BY, settings: testSettings() }, one.env)
    await other.inner.put(key, one.inner.objects.get(key)?.bytes ?? new Uint8Array(0))
    const forged: OpenedVault = { ...other.vault, id: one.vault.id }
    expect((await readSettings(forged, BY.writer, other.env)).newest?.settings).toBeDefined()
    const elsewhere: OpenedVault = { ...other.vault, id: 'e'.repeat(32) as OpenedVault['id'] }
    expect((await readSettings(elsewhere, BY.writer, other.env)).newest).toBeUndefined()
  })
})

describe('history in a vault', () => {
  it('is a full copy and what came after it, each number as it was stored last', async () => {
    const { vault, env } = await made('passphrase')
    const put = (full: boolean, from: [number, number], to: [number, number], value?: string) =>
      putHistory(
        vault,
        {
          ...{ ...BY, full, from: { runs: from[0], audit: from[1] }, to: { runs: to[0], audit: to[1] } },
          lines: testLines([from[0] + 1, to[0]], [from[1] + 1, to[1]], value),
        },
        env,
      )
    await put(true, [0, 0], [3, 2], 'old')
    await put(true, [0, 0], [4, 2])
    await putSettings(vault, { ...BY, settings: testSettings() }, env)
    await put(false, [4, 2], [5, 4])
    await put(false, [4, 4], [6, 4], 'later')
    const history = await readHistory(vault, BY.writer, env)
    expect(history).toMatchObject({ to: { runs: 6, audit: 4 }, gaps: [], broken: [] })
    expect(history.runs.map(({ seq, value }) => [seq, value])).toEqual([
      ...[1, 2, 3, 4].map((seq) => [seq, 'as stored']),
      ...[5, 6].map((seq) => [seq, 'later']),
    ])
    expect(history.audit.map(({ seq }) => seq)).toEqual([1, 2, 3, 4])
  })

  it('names what is missing, and falls back to the full copy before a damaged one', async () => {
    const { vault, inner, env } = await made()
    const lines = testLines([1, 2], [1, 1])
    await putHistory(vault, { ...BY, full: true, from: ZERO, to: { runs: 2, audit: 1 }, lines }, env)
    const lost = { ...BY, full: false, from: { runs: 2, audit: 1 }, to: { runs: 4, audit: 2 } }
    const { key } = await putHistory(vault, { ...lost, lines: testLines([3, 4], [2, 2]) }, env)
    const last = { ...BY, full: false, from: { runs: 4, audit: 2 }, to: { runs: 5, audit: 2 } }
    await putHistory(vault, { ...last, lines: testLines([5, 5], [3, 2]) }, env)
    const full = { ...BY, full: true, from: ZERO, to: { runs: 5, audit: 2 } }
    const newest = await putHistory(vault, { ...full, lines: testLines([1, 5], [1, 2]) }, env)
    expect(await readHistory(vault, BY.writer, env)).toMatchObject({ gaps: [], broken: [] })
    inner.objects.set(newest.key, { bytes: new Uint8Array(40), modifiedAtMs: 0 })
    expect(await readHistory(vault, BY.writer, env)).toMatchObject({
      gaps: [],
      broken: [{ key: newest.key }],
    })
    await inner.delete(key)
    const history = await readHistory(vault, BY.writer, env)
    expect(history.gaps).toEqual([
      { kind: 'run', from: 3, to: 4 },
      { kind: 'audit', from: 2, to: 2 },
    ])
    expect(history.runs.map(({ seq }) => seq)).toEqual([1, 2, 5])
  })

  it('without any full copy begins with a gap', async () => {
    const { vault, env } = await made()
    const delta = { ...BY, full: false, from: { runs: 9, audit: 0 }, to: { runs: 9, audit: 1 } }
    await putHistory(vault, { ...delta, lines: testLines([9, 8], [1, 1]) }, env)
    expect(await readHistory(vault, BY.writer, env)).toMatchObject({
      gaps: [{ kind: 'run', from: 1, to: 9 }],
      to: { runs: 9, audit: 1 },
    })
  })
})

it('settings that a newer version stored are not taken for none', async () => {
  const { vault, inner, env } = await made()
  const { key } = await putSettings(vault, { ...BY, settings: testSettings() }, env)
  const { sealJson } = await import('../snapshot/sealed-json.ts')
  const json = JSON.stringify({ format: 'holdfast-settings', version: 2 })
  inner.objects.set(key, { bytes: sealJson(key, json, vault.keys.mac), modifiedAtMs: 0 })
  await expect(readSettings(vault, BY.writer, env)).rejects.toThrow(HoldfastError)
  await expect(readSettings(vault, BY.writer, env)).rejects.toMatchObject({ code: 'VAULT_NEWER' })
})
