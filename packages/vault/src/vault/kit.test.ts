import { type ERRORS, isHoldfastError, VaultId, WriterId } from '@holdfast/domain'
import { createMemoryStore, type MemoryStore } from '@holdfast/testkit'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { createTestVault, seededRandom, type TestVault } from '../test-vault.ts'
import { changePassphrase } from './change-passphrase.ts'
import type { EngineEnv } from './create-vault.ts'
import { newKeyFile } from './key-files.ts'
import { deriveKeys, type KdfParameters } from './keys.ts'
import { isKitCurrent, kitWriters, makeKit, openKit } from './kit.ts'
import { type KitContents, MAX_KIT_BYTES, readKit } from './kit-format.ts'
import type { OpenedVault } from './open-vault.ts'
import { VAULT_FILE, writeVaultFile } from './vault-file.ts'

const kdf: KdfParameters = { name: 'scrypt', n: 2 ** 15, r: 8, p: 1 }
const id = VaultId.parse('0123456789abcdef0123456789abcdef')
const masterKey = seededRandom(9).bytes(32)
const keys = deriveKeys(masterKey, id)
const CONTENTS: KitContents = {
  place: { kind: 'remote', remote: 'nas', path: 'backup/vault' },
  remotes: { nas: { type: 'sftp', host: 'nas.local', pass: 'canary-obscured' } },
  writers: [{ writer: WriterId.parse('0123abcd'), seq: 12, machine: 'büro' }],
  settings: { plans: [{ name: 'Photos' }] },
}
const BY_KEY = { kind: 'master-key', masterKey } as const
const BY_WORDS = { kind: 'passphrase', passphrase: 'words' } as const

let env: EngineEnv
let outer: MemoryStore
let vault: OpenedVault
let plain: TestVault
let kit: Uint8Array
beforeAll(async () => {
  plain = await createTestVault()
  env = plain.env
  outer = createMemoryStore()
  vault = { id, encrypted: true, keys, masterKey, store: createMemoryStore(), outer }
  const head = { id, encrypted: true, created: '2026-11-22T00:00:00.000Z', masterKey: null } as const
  await outer.put(
    VAULT_FILE,
    writeVaultFile({ format: 'holdfast-vault', version: 1, ...head }, keys.vaultFile),
  )
  const key = await newKeyFile(vault, 'words', { ...env, kdf })
  await outer.put(key.key, key.bytes)
  await outer.put('keys/00000000.json', Buffer.from('cut sh'))
  kit = await makeKit(vault, CONTENTS, env)
})

const changed = (edit: (file: ReturnType<typeof readKit>) => unknown) => {
  const file = readKit(kit)
  return Buffer.from(JSON.stringify(edit(file) ?? file))
}

describe('a recovery kit', () => {
  it('is opened by the passphrase or the master key and gives everything back', async () => {
    for (const secret of [BY_WORDS, BY_KEY]) {
      const opened = await openKit(kit, secret)
      expect(opened).toMatchObject({ ...CONTENTS, vault: id, encrypted: true, secretsLeftOut: false })
      expect(Buffer.from(opened.masterKey).equals(masterKey)).toBe(true)
      expect(opened.made.getTime()).toBe(env.clock.nowMs())
      expect(Buffer.from(opened.vaultFile)).toEqual(Buffer.from(outer.objects.get(VAULT_FILE)?.bytes ?? []))
      expect(opened.keys).toHaveLength(1)
    }
  })

  it('is indented text that shows nothing of what is under the seal', () => {
    const text = Buffer.from(kit).toString('utf8')
    expect(text).toMatch(/^\{\n {2}"format": "holdfast-kit",\n {2}"version": 1,/)
    for (const secret of ['canary', 'nas', 'Photos', Buffer.from('canary').toString('base64').slice(0, 8)])
      expect(text).not.toContain(secret)
    expect(text).not.toContain(Buffer.from(masterKey).toString('hex'))
  })

  it('is opened with a byte order mark or other white space, as after being pasted', async () => {
    const pasted = Buffer.from(`\ufeff\r\n ${Buffer.from(kit).toString().replaceAll('\n', '\r\n')} `)
    expect((await openKit(pasted, BY_KEY)).place).toEqual(CONTENTS.place)
  })

  it('of a plain vault needs no secret and holds none of the remotes', async () => {
    const bytes = await makeKit(plain.vault, { ...CONTENTS, settings: null }, env)
    const opened = await openKit(bytes, { kind: 'none' })
    expect(opened).toMatchObject({
      ...{ encrypted: false, secretsLeftOut: true, place: CONTENTS.place, keys: [] },
      remotes: { nas: { type: 'sftp' } },
    })
    expect(JSON.stringify(opened)).not.toContain('canary')
  })

  it.each([
    ['a wrong passphrase', { kind: 'passphrase', passphrase: 'wrong' } as const, 'LOCKED'],
    ['a wrong key', { kind: 'master-key', masterKey: new Uint8Array(32) } as const, 'LOCKED'],
    ['nothing', { kind: 'none' } as const, 'PASSPHRASE_MISSING'],
  ])('stays shut with %s', async (_name, secret, code) => {
    await expect(openKit(kit, secret)).rejects.toMatchObject({ code })
  })

  it.each<[string, () => Uint8Array, string]>([
    ['is empty', () => new Uint8Array(0), 'KIT_DAMAGED'],
    ['is something else', () => Buffer.from('{"format":"other","version":1}'), 'KIT_DAMAGED'],
    ['is nested without end', () => Buffer.from('['.repeat(1_000_000)), 'KIT_DAMAGED'],
    ['is too long', () => Buffer.alloc(MAX_KIT_BYTES + 1, kit[0]), 'KIT_DAMAGED'],
    ['is cut short', () => kit.subarray(0, kit.length - 3), 'KIT_DAMAGED'],
    ['has another date', () => changed((f) => ({ ...f, made: '2026-01-01T00:00:00Z' })), 'KIT_DAMAGED'],
    ['has another id', () => changed((f) => ({ ...f, vault: 'f'.repeat(32) })), 'KIT_DAMAGED'],
    ['has no keys', () => changed((f) => ({ ...f, keys: [] })), 'KIT_DAMAGED'],
    ['claims to hold no secrets', () => changed((f) => ({ ...f, secretsLeftOut: true })), 'KIT_DAMAGED'],
    ['has a newer format', () => changed((f) => ({ ...f, version: 2 })), 'VAULT_NEWER'],
    [
      'is of a newer vault',
      () => changed((f) => ({ ...f, vaultFile: f.vaultFile.replace('"version": 1', '"version": 2') })),
      'VAULT_NEWER',
    ],
  ])('is refused when it %s', async (_name, bytes, code) => {
    await expect(openKit(bytes(), BY_KEY)).rejects.toMatchObject({ code })
  })

  it('is refused by the passphrase too when it has no key file left', async () => {
    const without = changed((file) => ({ ...file, keys: [] }))
    await expect(openKit(without, BY_WORDS)).rejects.toMatchObject({ code: 'KIT_DAMAGED' })
  })

  it('gives an error or its own contents for every mutation, and never crashes', async () => {
    const codes = [
      'KIT_DAMAGED',
      'LOCKED',
      'VAULT_NEWER',
      'PASSPHRASE_MISSING',
    ] satisfies (keyof typeof ERRORS)[]
    const mutation = fc.oneof(
      fc.record({ at: fc.nat(kit.length - 1), byte: fc.nat(255), cut: fc.constant(1) }),
      fc.record({ at: fc.nat(kit.length - 1), byte: fc.nat(255), cut: fc.nat(400) }),
      fc.record({ at: fc.nat(kit.length - 1), byte: fc.constant(undefined), cut: fc.nat(kit.length) }),
    )
    let refused = 0
    await fc.assert(
      fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 3 }), async (mutations) => {
        let bytes = Buffer.from(kit)
        for (const { at, byte, cut } of mutations)
          bytes = Buffer.concat([
            ...[bytes.subarray(0, at), Buffer.from(byte === undefined ? [] : [byte])],
            bytes.subarray(at + cut),
          ])
        try {
          const { masterKey: _, ...opened } = await openKit(bytes, BY_KEY)
          expect(opened).toMatchObject(CONTENTS)
        } catch (error) {
          if (!isHoldfastError(error)) throw error
          expect(codes).toContain(error.code)
          refused += 1
        }
      }),
      { numRuns: 1000, seed: 7 },
    )
    expect(refused).toBeGreaterThan(800)
  })

  it('is not made too big to be read', async () => {
    const settings = 'x'.repeat(MAX_KIT_BYTES)
    await expect(makeKit(vault, { ...CONTENTS, settings }, env)).rejects.toMatchObject({
      code: 'INPUT_INVALID',
    })
  })

  it('is not made of a vault whose passphrase would not open it', async () => {
    const bare = createMemoryStore()
    await bare.put(VAULT_FILE, outer.objects.get(VAULT_FILE)?.bytes ?? new Uint8Array())
    await expect(makeKit({ ...vault, outer: bare }, CONTENTS, env)).rejects.toMatchObject({
      code: 'VAULT_DAMAGED',
    })
  })

  it('is out of date once the passphrase was changed, or vault.json is another', async () => {
    const copy = createMemoryStore()
    for (const [key, { bytes }] of outer.objects) await copy.put(key, bytes)
    const now = { ...vault, outer: copy }
    const file = readKit(kit)
    expect(await isKitCurrent(file, now, env)).toBe(true)
    expect(await isKitCurrent(await openKit(kit, BY_KEY), now, env)).toBe(true)
    await changePassphrase(now, { old: 'words', new: 'other words', kdf }, env)
    expect(await isKitCurrent(file, now, env)).toBe(false)
    const next = await makeKit(now, CONTENTS, env)
    expect(await isKitCurrent(readKit(next), now, env)).toBe(true)
    await expect(openKit(next, BY_WORDS)).rejects.toMatchObject({ code: 'LOCKED' })
    await copy.put(VAULT_FILE, plain.outer.objects.get(VAULT_FILE)?.bytes ?? new Uint8Array())
    expect(await isKitCurrent(readKit(next), now, env)).toBe(false)
    await copy.delete(VAULT_FILE)
    expect(await isKitCurrent(readKit(next), now, env)).toBe(false)
  })

  it('remembers the machines of the vault with their highest numbers', async () => {
    plain.source.write('/docs/a', 'hello')
    await plain.backup()
    await plain.backup({ machine: 'renamed' })
    expect(await kitWriters(plain.vault, plain.env)).toEqual([
      { writer: '0123abcd', seq: 2, machine: 'renamed' },
    ])
  })
})
