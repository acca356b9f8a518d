import {
  HoldfastError,
  isHoldfastError,
  MachineSettings,
  type WriterId,
  withoutSecrets,
} from '@holdfast/domain'
import type { EngineEnv } from '../vault/create-vault.ts'
import type { OpenedVault } from '../vault/open-vault.ts'
import { openSettingsBox, type SettingsBody } from './settings-format.ts'
import {
  type BrokenSettings,
  keysFor,
  listSettings,
  putSettingsObject,
  readSettingsObject,
  type SettingsWriter,
} from './settings-objects.ts'

/** The newest settings of a machine that verify, undefined when there are none; and newer ones that do not. */
export type StoredSettings = {
  readonly newest:
    | {
        readonly settings: MachineSettings
        readonly number: number
        readonly time: Date
        readonly installation: string
        /** True for those of a plain vault without a passphrase of their own: no remote's options are in them. */
        readonly secretsLeftOut: boolean
      }
    | undefined
  readonly broken: readonly BrokenSettings[]
}

/**
 * Stores a machine's settings, sealed under the vault's key. Anybody can open those of a plain vault, so they go
 * without secrets, unless they have a key of their own (`ownKey`). Rejects as `putSettingsObject` does.
 */
export async function putSettings(
  vault: OpenedVault,
  { settings, ...by }: SettingsWriter & { readonly settings: MachineSettings },
  env: EngineEnv,
): Promise<{ key: string; number: number; secretsLeftOut: boolean }> {
  const secretsLeftOut = !vault.encrypted && by.ownKey === undefined
  const content = secretsLeftOut ? withoutSecrets(settings) : settings
  const facts = { kind: 'settings', from: null, to: null, secretsLeftOut, content } as const
  return { ...(await putSettingsObject(vault, by, facts, env)), secretsLeftOut }
}

/**
 * The newest settings of a machine. PASSPHRASE_MISSING when they have a key of their own and it is not given, LOCKED
 * when it is another one, VAULT_NEWER. Rejects when the remote can't be read.
 */
export async function readSettings(
  vault: OpenedVault,
  writer: WriterId,
  env: EngineEnv & { readonly ownKey?: Uint8Array | undefined },
): Promise<StoredSettings> {
  const { keys, broken } = await listSettings(vault, writer, env)
  for (const key of keys) {
    const body = await readSettingsObject(vault, key, env)
    if ('reason' in body) broken.push(body)
    else if (body.kind === 'settings') {
      const settings = openedAs(key, body, { vault, ownKey: env.ownKey })
      if ('reason' in settings) broken.push(settings)
      else {
        const { number, installation, secretsLeftOut } = body
        return {
          newest: { settings, number, installation, secretsLeftOut, time: new Date(body.time) },
          broken,
        }
      }
    }
  }
  return { newest: undefined, broken }
}

function openedAs(
  key: string,
  body: SettingsBody,
  by: { vault: OpenedVault; ownKey: Uint8Array | undefined },
): MachineSettings | BrokenSettings {
  try {
    const settings = MachineSettings.safeParse(openedBox(key, body, by))
    return settings.success ? settings.data : { key, reason: `${key} holds settings of an unknown shape.` }
  } catch (error) {
    if (!isHoldfastError(error, 'VAULT_DAMAGED')) throw error
    return { key, reason: error.message }
  }
}

/** The content of a box that verifies, by the key that it needs. PASSPHRASE_MISSING, LOCKED, VAULT_DAMAGED. */
export function openedBox(
  key: string,
  body: SettingsBody,
  { vault, ownKey }: { vault: OpenedVault; ownKey: Uint8Array | undefined },
): unknown {
  if (body.sealedBy === 'vault') {
    const content = openSettingsBox(key, body, keysFor(vault, undefined))
    if (content !== undefined) return content
    throw new HoldfastError('VAULT_DAMAGED', `The box of ${key} does not open with the vault's key.`)
  }
  const hint = { next: 'Give the passphrase of the settings, which is not one of the vault.' }
  if (ownKey === undefined)
    throw new HoldfastError(
      'PASSPHRASE_MISSING',
      'The settings in this vault have a passphrase of their own.',
      hint,
    )
  const content = openSettingsBox(key, body, keysFor(vault, ownKey))
  if (content !== undefined) return content
  throw new HoldfastError('LOCKED', 'The passphrase does not open the settings in this vault.', hint)
}
