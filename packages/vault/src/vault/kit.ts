import { HoldfastError, isHoldfastError, type VaultId } from '@holdfast/domain'
import { readSnapshots } from '../snapshot/read-snapshots.ts'
import type { EngineEnv } from './create-vault.ts'
import { parseKeyFile, readKeyFiles } from './key-files.ts'
import { deriveKeys, unwrapMasterKey } from './keys.ts'
import { type KitContents, type KitFile, readKit, unsealKit, writeKit } from './kit-format.ts'
import type { OpenedVault, VaultSecret } from './open-vault.ts'
import { readVaultFile, VAULT_FILE, type VaultFile, verifyVaultFile } from './vault-file.ts'

/** An opened recovery kit. `remotes` come from a file: have their options checked before rclone gets them. */
export type Kit = KitContents & {
  readonly vault: VaultId
  readonly encrypted: boolean
  readonly made: Date
  readonly secretsLeftOut: boolean
  readonly vaultFile: string
  readonly keys: readonly { readonly name: string; readonly file: string }[]
  readonly masterKey: Uint8Array
}

/**
 * Makes the recovery kit of a vault, with vault.json and the key files as they lie there now: the passphrase of today
 * opens it. The kit of a plain vault can be opened by anybody, so of each remote only the type is kept; the caller
 * leaves secrets out of `settings`. VAULT_DAMAGED when no key file would open the kit, INPUT_INVALID when it would take
 * more than 1 MiB.
 */
export async function makeKit(
  vault: OpenedVault,
  contents: KitContents,
  env: EngineEnv,
): Promise<Uint8Array> {
  const { vaultFile, keys } = await openParts(vault, env)
  verifyVaultFile(vaultFileOf(vault.id, vaultFile), vault.keys.vaultFile)
  if (vault.encrypted && keys.length === 0)
    throw new HoldfastError('VAULT_DAMAGED', 'The vault has no readable key file under keys/.')
  const fields = {
    ...{ vault: vault.id, made: new Date(env.clock.nowMs()).toISOString() },
    ...{ secretsLeftOut: !vault.encrypted, vaultFile, keys },
  }
  const held = vault.encrypted ? contents : { ...contents, remotes: typesOf(contents.remotes) }
  const bytes = writeKit(fields, held, { keys: vault.keys, iv: env.random.bytes(16) })
  await openKit(bytes, { kind: 'master-key', masterKey: vault.masterKey })
  return bytes
}

/**
 * Opens a kit by the passphrase that was the vault's when the kit was made, or by the master key; the kit of a plain
 * vault needs neither. KIT_DAMAGED, VAULT_NEWER, PASSPHRASE_MISSING, LOCKED.
 */
export async function openKit(bytes: Uint8Array, secret: VaultSecret): Promise<Kit> {
  const file = readKit(bytes)
  const head = vaultFileOf(file.vault, file.vaultFile)
  const masterKey = await masterKeyOf(file, head, secret)
  const keys = deriveKeys(masterKey, file.vault)
  try {
    verifyVaultFile(head, keys.vaultFile)
  } catch (cause) {
    // A wrong master key can't be told from a changed kit: the key is what the caller can mend.
    if (secret.kind === 'master-key' && head.encrypted)
      throw new HoldfastError('LOCKED', 'The key does not open this recovery kit.', { cause })
    throw new HoldfastError('KIT_DAMAGED', 'The vault.json in the recovery kit was changed.', { cause })
  }
  const { vault, made, secretsLeftOut, vaultFile } = file
  return {
    ...unsealKit(file, keys),
    ...{ vault, encrypted: head.encrypted, made: new Date(made), secretsLeftOut, vaultFile },
    ...{ keys: file.keys, masterKey },
  }
}

/**
 * False when vault.json or the set of readable key files is another one than when the kit was made, so after each
 * change of a passphrase. A parsed kit is enough (`readKit`). Rejects when the remote can't be read.
 */
export async function isKitCurrent(
  kit: Pick<KitFile, 'vault' | 'vaultFile'> & Pick<Kit, 'keys'>,
  vault: Pick<OpenedVault, 'id' | 'outer'>,
  env: Pick<EngineEnv, 'signal'>,
): Promise<boolean> {
  if (kit.vault !== vault.id) return false
  try {
    const now = await openParts(vault, env)
    const text = (keys: Kit['keys']) => JSON.stringify(keys.map(({ name, file }) => [name, file]).sort())
    return now.vaultFile === kit.vaultFile && text(now.keys) === text(kit.keys)
  } catch (error) {
    if (isHoldfastError(error, 'OBJECT_MISSING')) return false
    throw error
  }
}

/** The machines in a vault as a kit remembers them: with the highest sequence number that is known of each. */
export async function kitWriters(vault: OpenedVault, env: EngineEnv): Promise<KitContents['writers']> {
  const { snapshots, hidden, marks } = await readSnapshots(vault, env)
  const newest = new Map<string, KitContents['writers'][number]>()
  for (const { body } of [...snapshots, ...hidden].sort((a, b) => a.body.seq - b.body.seq)) {
    const seq = Math.max(body.seq, marks.highest(body.writer))
    newest.set(body.writer, { writer: body.writer, seq, machine: body.machine })
  }
  return [...newest.values()].sort((a, b) => (a.writer < b.writer ? -1 : 1))
}

async function openParts(
  vault: Pick<OpenedVault, 'id' | 'outer'>,
  env: Pick<EngineEnv, 'signal'>,
): Promise<Pick<Kit, 'vaultFile' | 'keys'> & { keys: { name: string; file: string }[] }> {
  const vaultFile = Buffer.from(await vault.outer.get(VAULT_FILE, { signal: env.signal })).toString('utf8')
  const found = await readKeyFiles(vault.outer, vault.id, env)
  const keys = found.flatMap((each) => (each.readable ? [{ name: each.key, file: each.text }] : []))
  return { vaultFile, keys }
}

function vaultFileOf(vault: VaultId, text: string): VaultFile {
  let file: VaultFile
  try {
    file = readVaultFile(Buffer.from(text))
  } catch (cause) {
    if (isHoldfastError(cause, 'VAULT_NEWER')) throw cause
    throw new HoldfastError('KIT_DAMAGED', 'The vault.json in the recovery kit is damaged.', { cause })
  }
  if (file.id === vault) return file
  throw new HoldfastError('KIT_DAMAGED', 'The recovery kit holds the vault.json of another vault.')
}

async function masterKeyOf(file: KitFile, head: VaultFile, secret: VaultSecret): Promise<Uint8Array> {
  if (!head.encrypted) {
    if (head.masterKey !== null) return Buffer.from(head.masterKey, 'hex')
    throw new HoldfastError('KIT_DAMAGED', 'The vault.json in the recovery kit lacks its key.')
  }
  if (secret.kind === 'master-key') return secret.masterKey
  if (secret.kind === 'none')
    throw new HoldfastError('PASSPHRASE_MISSING', 'This recovery kit is of an encrypted vault.')
  const readable = file.keys
    .map((each) => parseKeyFile(each.name, Buffer.from(each.file), file.vault))
    .filter((each) => each.readable)
  if (readable.length === 0)
    throw new HoldfastError('KIT_DAMAGED', 'The recovery kit has no readable key file.')
  for (const each of readable) {
    const masterKey = await unwrapMasterKey(each.file, secret.passphrase)
    if (masterKey !== undefined) return masterKey
  }
  throw new HoldfastError('LOCKED', 'The passphrase does not open this recovery kit.', {
    next: 'Type the passphrase that the vault had when the kit was made.',
  })
}

/** A plain vault's kit is open to all: it names its remotes and their kinds, and holds no secret. */
function typesOf(remotes: KitContents['remotes']): KitContents['remotes'] {
  return Object.fromEntries(Object.entries(remotes).map(([name, { type = '' }]) => [name, { type }]))
}
