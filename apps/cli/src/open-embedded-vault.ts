import { isHoldfastError } from '@holdfast/domain'
import { createFolderCache, type Home, systemClock, systemRandom } from '@holdfast/host'
import { type EngineEnv, type OpenedVault, openVault } from '@holdfast/vault'
import type { Output } from './output.ts'
import { readPassphrase } from './passphrase.ts'
import { type OpenPlace, openPlace } from './place/open-place.ts'
import type { Settings } from './settings.ts'

/** How a command reaches a vault: options that every embedded command has. */
export type VaultOptions = { readonly passphraseFile?: string; readonly rcloneConfig?: string }

export type EmbeddedVault = AsyncDisposable & {
  readonly vault: OpenedVault
  readonly env: EngineEnv
  readonly home: Home
  readonly at: OpenPlace
}

/**
 * Opens a vault without an agent: an rclone of its own, the passphrase asked for only when the vault is encrypted.
 * Disposing ends every child. Rejects as `openVault`, `openPlace` and `readPassphrase` do.
 */
export async function openEmbeddedVault(
  text: string,
  options: VaultOptions,
  by: { settings: Settings; output: Output },
): Promise<EmbeddedVault> {
  const { settings, output } = by
  await using stack = new AsyncDisposableStack()
  const at = stack.use(await openPlace(text, settings, { rcloneConfig: options.rcloneConfig, output }))
  const bare = engineEnv(settings, { get: () => undefined, put: () => {}, retain: () => {} })
  const vault = await openWithSecret(at, bare, () =>
    readPassphrase(settings, { file: options.passphraseFile, confirm: false, place: at.name }),
  )
  const parts = stack.move()
  return {
    vault,
    env: engineEnv(settings, createFolderCache(at.home.cacheDir(vault.id))),
    home: at.home,
    at,
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  }
}

export function engineEnv(settings: Settings, cache: EngineEnv['cache']): EngineEnv {
  return { clock: systemClock, random: systemRandom, cache, signal: settings.signal }
}

async function openWithSecret(
  at: OpenPlace,
  env: EngineEnv,
  ask: () => Promise<string>,
): Promise<OpenedVault> {
  try {
    return await openVault(at.doors, { kind: 'none' }, env)
  } catch (error) {
    if (!isHoldfastError(error, 'PASSPHRASE_MISSING')) throw error
    return await openVault(at.doors, { kind: 'passphrase', passphrase: await ask() }, env)
  }
}
