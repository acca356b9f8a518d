import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HoldfastError, VaultId } from '@holdfast/domain'
import { type ConfigKeySettings, FILE_KEY_ONLY, type Keyring, systemRandom } from '@holdfast/host'
import { openConfig } from '@holdfast/sealed-config'
import { expect, test } from 'vitest'
import { openSecrets } from './secrets.ts'

const VAULT = VaultId.parse('00112233445566778899aabbccddeeff')
const KEY = 'x7w0Jm2Zk9qLr4Tn8Vb3Yc6Hf1Gd5Sa0'

async function freshHome(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'holdfast-config-key-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

function memoryKeyring(): Keyring & { readonly kept: Map<string, string>; locked: boolean } {
  const kept = new Map<string, string>()
  const keyring = {
    ...{ name: 'a keyring in memory', kept, locked: false },
    async get(account: string) {
      if (keyring.locked) throw new HoldfastError('LOCKED', 'The keyring is locked.')
      return kept.get(account)
    },
    async set(account: string, secret: string) {
      if (keyring.locked) throw new HoldfastError('LOCKED', 'The keyring is locked.')
      kept.set(account, secret)
    },
    remove: async (account: string) => void kept.delete(account),
  }
  return keyring
}

const said = (over: Partial<ConfigKeySettings>): ConfigKeySettings => ({ ...FILE_KEY_ONLY, ...over })
const open = (home: string, settings: ConfigKeySettings) => openSecrets(home, systemRandom, settings)

test('a fresh home takes the keyring where there is one, and the file where it is not open', async () => {
  await using home = await freshHome()
  const keyring = memoryKeyring()
  const settings = said({ keyring: async () => keyring })
  const { keySource, configKey } = await open(home.path, settings)
  expect(keySource).toBe('keyring')
  expect(keyring.kept.get(home.path)).toBe(configKey)
  expect(await readdir(home.path)).toEqual(['rclone.conf'])
  expect((await open(home.path, settings)).configKey).toBe(configKey)

  keyring.locked = true
  await expect(open(home.path, settings)).rejects.toMatchObject({ code: 'LOCKED' })
  await using other = await freshHome()
  expect((await open(other.path, settings)).keySource).toBe('file')
  expect((await stat(join(other.path, 'config.key'))).mode & 0o777).toBe(0o600)
  // Once there, the key stays where it is until somebody says otherwise.
  keyring.locked = false
  expect((await open(other.path, settings)).keySource).toBe('file')
})

test('each change of place seals everything again, and the old key is gone', async () => {
  await using home = await freshHome()
  const keyring = memoryKeyring()
  const first = await open(home.path, said({}))
  await first.setMasterKey(VAULT, new Uint8Array(32).fill(7))
  await first.sealRcloneConfig('[disk]\ntype = local\n')
  const command = `printf %s ${KEY}-command`
  const environment = { PATH: process.env.PATH ?? '' }
  for (const [settings, source] of [
    [said({ key: KEY }), 'environment'],
    [said({ key: KEY, command, from: 'command', environment }), 'command'],
    [said({ command, from: 'keyring', environment, keyring: async () => keyring }), 'keyring'],
    [said({ from: 'file', keyring: async () => keyring }), 'file'],
  ] as const) {
    const secrets = await open(home.path, settings)
    expect(secrets.keySource).toBe(source)
    expect(secrets.masterKey(VAULT)).toEqual(new Uint8Array(32).fill(7))
    const sealed = await readFile(secrets.rcloneConfigFile)
    expect(Buffer.from(openConfig(sealed, secrets.configKey)).toString()).toBe('[disk]\ntype = local\n')
    expect((await readdir(home.path)).includes('config.key')).toBe(source === 'file')
    expect(keyring.kept.size).toBe(source === 'keyring' ? 1 : 0)
    expect(sealed.toString()).not.toContain(KEY)
  }
})

test('a change that was cut off between two files goes on at the next start', async () => {
  await using home = await freshHome()
  const first = await open(home.path, said({}))
  await first.setMasterKey(VAULT, new Uint8Array(32).fill(7))
  const oldKey = await readFile(join(home.path, 'config.key'))
  const oldSecrets = await readFile(join(home.path, 'secrets.conf'))
  await open(home.path, said({ key: KEY }))
  await writeFile(join(home.path, 'config.key'), oldKey)
  await writeFile(join(home.path, 'secrets.conf'), oldSecrets)
  const secrets = await open(home.path, said({ key: KEY }))
  expect(secrets.masterKey(VAULT)).toEqual(new Uint8Array(32).fill(7))
  expect(await readdir(home.path)).not.toContain('config.key')
})

test('a key that is not given any more is asked for, and what it sealed stays as it is', async () => {
  await using home = await freshHome()
  const secrets = await open(home.path, said({ key: KEY }))
  await secrets.setMasterKey(VAULT, new Uint8Array(32).fill(7))
  const before = await readFile(join(home.path, 'secrets.conf'))
  for (const settings of [said({}), said({ key: `${KEY}-another` }), said({ from: 'file' })])
    await expect(open(home.path, settings)).rejects.toMatchObject({ code: 'CONFIG_DAMAGED' })
  await expect(open(home.path, said({ from: 'environment' }))).rejects.toMatchObject({
    code: 'INPUT_INVALID',
  })
  await expect(open(home.path, said({ from: 'keyring' }))).rejects.toMatchObject({ code: 'LOCKED' })
  expect(await readFile(join(home.path, 'secrets.conf'))).toEqual(before)
  expect((await open(home.path, said({ key: KEY }))).masterKey(VAULT)).toBeDefined()
})

test('a damaged file keeps the key that may still open a mended copy of it', async () => {
  await using home = await freshHome()
  const secrets = await open(home.path, said({}))
  await secrets.setMasterKey(VAULT, new Uint8Array(32).fill(7))
  const file = join(home.path, 'secrets.conf')
  const whole = await readFile(file, 'utf8')
  await writeFile(file, `${whole.slice(0, -8)}AAAAAAA=`)
  await expect(open(home.path, said({ key: KEY }))).rejects.toMatchObject({ code: 'CONFIG_DAMAGED' })
  await writeFile(file, whole)
  expect((await open(home.path, said({ key: KEY }))).masterKey(VAULT)).toBeDefined()
})
