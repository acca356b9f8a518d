import { createFolderCache, type Home, systemClock, systemRandom } from '@holdfast/host'
import { type EngineEnv, type OpenedVault, openVault, unwrapAhead } from '@holdfast/vault'
import type { Output } from './output.ts'
import { givenPassphrase, readPassphrase } from './passphrase.ts'
import { type OpenPlace, openPlace } from './place/open-place.ts'
import { rememberedKeyFile } from './remembered-key-file.ts'
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
  const keyFile = rememberedKeyFile(text, settings)
  // Before the place is reached, where there is something to unwrap and nobody has to be asked.
  const { known } = keyFile
  const given = known === undefined ? undefined : await givenPassphrase(settings, options.passphraseFile)
  const ahead = known === undefined || given === undefined ? undefined : unwrapAhead(known, given)
  const at = stack.use(await openPlace(text, settings, { rcloneConfig: options.rcloneConfig, output }))
  const bare = engineEnv(settings, { get: () => undefined, put: () => {}, retain: () => {} })
  // Read once: the file may be a pipe.
  const passphrase = async () =>
    given ??
    (await readPassphrase(settings, { file: options.passphraseFile, confirm: false, place: at.name }))
  const vault = await openVault(
    at.doors,
    { kind: 'ask', passphrase, ahead, onUnwrapped: keyFile.remember },
    bare,
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
