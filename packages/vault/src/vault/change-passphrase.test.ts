import { HoldfastError, isHoldfastError, VaultId } from '@holdfast/domain'
import {
  createFaultyStore,
  createMemoryStore,
  type Fault,
  type MemoryStore,
  type StoreCall,
} from '@holdfast/testkit'
import { beforeAll, describe, expect, it } from 'vitest'
import type { ObjectStore } from '../ports.ts'
import { createTestVault, seededRandom } from '../test-vault.ts'
import { changePassphrase } from './change-passphrase.ts'
import { type EngineEnv, inspectPlace } from './create-vault.ts'
import { listKeys, newKeyFile, parseKeyFile } from './key-files.ts'
import { deriveKeys, type KdfParameters, unwrapMasterKey } from './keys.ts'
import { type OpenedVault, openVault, unwrapAhead } from './open-vault.ts'
import { VAULT_FILE, writeVaultFile } from './vault-file.ts'

/** The cheapest that the format allows: these tests stretch some hundred passphrases. */
const kdf: KdfParameters = { name: 'scrypt', n: 2 ** 15, r: 8, p: 1 }
const CHANGE = { old: 'old words', new: 'new words', kdf }
const id = VaultId.parse('0123456789abcdef0123456789abcdef')
const masterKey = seededRandom(9).bytes(32)
const keys = deriveKeys(masterKey, id)

let env: EngineEnv
let first: { key: string; bytes: Uint8Array }
beforeAll(async () => {
  env = (await createTestVault()).env
  first = await newKeyFile({ id, masterKey }, CHANGE.old, { ...env, kdf })
})

function encryptedVault(outer: MemoryStore = createMemoryStore()): {
  vault: OpenedVault
  outer: MemoryStore
} {
  const head = { id, encrypted: true, created: '2026-11-22T00:00:00.000Z', masterKey: null } as const
  const bytes = writeVaultFile({ format: 'holdfast-vault', version: 1, ...head }, keys.vaultFile)
  outer.objects.set(VAULT_FILE, { bytes, modifiedAtMs: 0 })
  outer.objects.set(first.key, { bytes: first.bytes, modifiedAtMs: 0 })
  const vault = { id, encrypted: true, keys, masterKey, store: createMemoryStore(), outer }
  return { vault, outer }
}

async function opens(outer: ObjectStore, passphrase: string): Promise<boolean> {
  try {
    const doors = { outer, openInner: async () => createMemoryStore() }
    const { masterKey: found } = await openVault(doors, { kind: 'passphrase', passphrase }, env)
    return Buffer.from(found).equals(masterKey)
  } catch (error) {
    if (isHoldfastError(error, 'LOCKED') || isHoldfastError(error, 'VAULT_DAMAGED')) return false
    throw error
  }
}

describe('a changed passphrase', () => {
  it('opens the vault, and the old one does not', async () => {
    const { vault, outer } = encryptedVault()
    const changed = await changePassphrase(vault, CHANGE, env)
    expect(changed).toEqual({ added: expect.any(String), removed: [first.key], kept: [] })
    expect(changed.added).not.toBe(first.key)
    expect([await opens(outer, CHANGE.old), await opens(outer, CHANGE.new)]).toEqual([false, true])
    expect(await inspectPlace(outer)).toMatchObject({ kind: 'vault', encrypted: true })
  })

  it('leaves a key file that is remembered from before of no use', async () => {
    const { vault, outer } = encryptedVault()
    const text = Buffer.from(first.bytes).toString()
    const opened: string[] = []
    const openWith = (passphrase: string, remembered: string) => {
      const secret = {
        kind: 'ask',
        passphrase: async () => passphrase,
        onUnwrapped: (by: string) => void opened.push(by),
      } as const
      const doors = { outer, openInner: async () => createMemoryStore() }
      return openVault(doors, { ...secret, ahead: unwrapAhead(remembered, passphrase) }, env)
    }
    expect((await openWith(CHANGE.old, text)).masterKey).toEqual(Buffer.from(masterKey))
    const { added } = await changePassphrase(vault, CHANGE, env)
    await expect(openWith(CHANGE.old, text)).rejects.toMatchObject({ code: 'LOCKED' })
    expect((await openWith(CHANGE.new, text)).masterKey).toEqual(Buffer.from(masterKey))
    expect((await openWith(CHANGE.new, 'no key file')).masterKey).toEqual(Buffer.from(masterKey))
    const now = Buffer.from(outer.objects.get(added)?.bytes ?? []).toString()
    expect(opened).toEqual([text, now, now])
  })

  it('removes every key file that the old one opens, and no other', async () => {
    const { vault, outer } = encryptedVault()
    const twin = await newKeyFile(vault, CHANGE.old, { ...env, kdf })
    const other = await newKeyFile(vault, 'of somebody else', { ...env, kdf })
    for (const { key, bytes } of [twin, other]) await outer.put(key, bytes)
    await outer.put('keys/ffffffff.json', first.bytes.subarray(0, 100))
    const { removed } = await changePassphrase(vault, CHANGE, env)
    expect(removed).toEqual([first.key, twin.key].sort())
    expect(await opens(outer, 'of somebody else')).toBe(true)
  })

  it('is the same in composed and decomposed letters', async () => {
    const { vault, outer } = encryptedVault()
    await changePassphrase(vault, { ...CHANGE, new: 'sch\u00f6n' }, env)
    expect(await opens(outer, 'scho\u0308n')).toBe(true)
  })

  it.each([
    ['a wrong old passphrase', { old: 'wrong' }, 'LOCKED'],
    ['an empty old passphrase', { old: '' }, 'LOCKED'],
    ['an empty new passphrase', { new: '' }, 'USAGE'],
    ['the old passphrase again', { new: CHANGE.old }, 'USAGE'],
  ])('is refused before anything is written for %s', async (_name, over, code) => {
    const { vault, outer } = encryptedVault()
    const store = createFaultyStore(outer, () => undefined)
    const changing = changePassphrase({ ...vault, outer: store }, { ...CHANGE, ...over }, env)
    await expect(changing).rejects.toMatchObject({ code })
    expect(store.calls.filter(({ method }) => method === 'put' || method === 'delete')).toEqual([])
  })

  it('is refused for a plain vault', async () => {
    const plain = await createTestVault()
    await expect(changePassphrase(plain.vault, CHANGE, env)).rejects.toMatchObject({ code: 'USAGE' })
  })

  it('is told from one whose old key file a credential may not delete', async () => {
    const { vault, outer } = encryptedVault()
    const denied = new HoldfastError('REMOTE_DENIED', 'This credential may not delete.')
    const store = createFaultyStore(outer, ({ method }) =>
      method === 'delete' ? { kind: 'error-before', error: denied } : undefined,
    )
    const changed = await changePassphrase({ ...vault, outer: store }, CHANGE, env)
    expect(changed).toMatchObject({ removed: [], kept: [{ key: first.key, reason: denied.message }] })
    expect([await opens(outer, CHANGE.old), await opens(outer, CHANGE.new)]).toEqual([true, true])
  })

  it('is told from one whose old key file stays although the remote says that it went', async () => {
    const { vault, outer } = encryptedVault()
    const store = { ...outer, delete: async () => {} }
    const changed = await changePassphrase({ ...vault, outer: store }, CHANGE, env)
    expect(changed).toMatchObject({ removed: [], kept: [{ key: first.key }] })
  })

  const failing: Fault[] = [{ kind: 'error-before' }, { kind: 'error-after' }]
  const faults: Record<StoreCall['method'], Fault[]> = {
    put: [
      ...failing,
      { kind: 'hang' },
      { kind: 'vanish' },
      { kind: 'truncate', keep: 200, reports: 'success' },
      { kind: 'truncate', keep: 200, reports: 'error' },
    ],
    get: [...failing, { kind: 'flip', at: -20 }],
    stat: [...failing, { kind: 'vanish' }],
    list: [...failing, { kind: 'vanish' }],
    delete: [...failing, { kind: 'hang' }],
  }
  /** Killed before a call, or in the middle of a put: nothing comes after it. */
  const killedAt =
    (number: number, keep: number | undefined) =>
    (call: StoreCall): Fault | undefined => {
      if (call.number < number) return undefined
      if (call.number === number && keep !== undefined) return { kind: 'truncate', keep, reports: 'error' }
      return { kind: 'error-before' }
    }

  it('leaves a vault that the old or the new passphrase opens, whatever fails at whichever call', {
    timeout: 180_000,
  }, async () => {
    const clean = encryptedVault()
    const recorded = createFaultyStore(clean.vault.outer, () => undefined)
    await changePassphrase({ ...clean.vault, outer: recorded }, CHANGE, env)
    expect(recorded.calls.map(({ method }) => method)).toEqual(
      // Old keys; new key, looked at as a reader would; delete, looked at.
      ['list', 'get', 'put', 'stat', 'list', 'get', 'get', 'delete', 'list'],
    )
    const cases = recorded.calls.flatMap(({ number, method }) => [
      ...faults[method].map((fault) => (call: StoreCall) => (call.number === number ? fault : undefined)),
      killedAt(number, undefined),
      ...(method === 'put' ? [killedAt(number, 99)] : []),
    ])
    const left = [...cases]
    const lane = async () => {
      for (let fault = left.pop(); fault !== undefined; fault = left.pop()) await cutOffAt(fault)
    }
    // Stretching runs on threads beside this one.
    await Promise.all([lane(), lane()])
    expect(cases.length).toBe(40)
  })
})

/** Changes the passphrase on a store that fails, and looks at what is left with one that does not. */
async function cutOffAt(fault: (call: StoreCall) => Fault | undefined): Promise<void> {
  const { vault, outer } = encryptedVault()
  const stop = new AbortController()
  const store = createFaultyStore(outer, (call) => {
    const met = fault(call)
    if (met?.kind === 'hang') setImmediate(() => stop.abort())
    return met
  })
  let changed: Awaited<ReturnType<typeof changePassphrase>> | undefined
  try {
    changed = await changePassphrase({ ...vault, outer: store }, CHANGE, { ...env, signal: stop.signal })
  } catch (error) {
    if (!isHoldfastError(error) && !stop.signal.aborted) throw error
  }
  const name = store.calls.map(({ method }) => method).join(' ')
  const old = outer.objects.get(first.key)
  if (old !== undefined) expect(Buffer.from(old.bytes).equals(first.bytes), name).toBe(true)
  if (old === undefined) expect(await newKeyOpens(outer), name).toBe(true)
  if (changed === undefined) return
  // What is said to be gone is gone, and the new one is there.
  for (const key of changed.removed) expect(outer.objects.has(key), name).toBe(false)
  expect([...changed.removed, ...changed.kept.map(({ key }) => key)], name).toEqual([first.key])
  expect(outer.objects.has(changed.added), name).toBe(true)
}

async function newKeyOpens(outer: MemoryStore): Promise<boolean> {
  for (const [key, { bytes }] of outer.objects) {
    const found = key.startsWith('keys/') ? parseKeyFile(key, bytes, id) : undefined
    if (found?.readable && (await unwrapMasterKey(found.file, CHANGE.new)) !== undefined) return true
  }
  return false
}

describe('the keys of a vault', () => {
  it('are listed without a passphrase, with what is damaged or of another vault', async () => {
    const { vault, outer } = encryptedVault()
    await outer.put('keys/00000000.json', first.bytes.subarray(0, 50))
    const text = Buffer.from(first.bytes).toString().replace(id, 'f'.repeat(32))
    await outer.put('keys/11111111.json', Buffer.from(text))
    await outer.put('keys/22222222.json', Buffer.alloc(100_000, 32))
    await outer.put(
      'keys/33333333.json',
      Buffer.from(
        Buffer.from(first.bytes)
          .toString()
          .replace(/ *"created".*\n/, ''),
      ),
    )
    const found = await listKeys(vault, env)
    expect(found.find(({ key }) => key === first.key)).toEqual({
      ...{ key: first.key, readable: true, kdf, created: expect.stringMatching(/^2002-/) },
    })
    const others = found.filter(({ key }) => key !== first.key)
    expect(others.map((each) => (each.readable ? each.created : each.reason))).toEqual([
      expect.stringContaining('cut short'),
      'It belongs to another vault.',
      expect.stringContaining('100000 bytes'),
      null,
    ])
  })
})
