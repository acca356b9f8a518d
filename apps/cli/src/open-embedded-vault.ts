import type { Home } from '@holdfast/host'
import { systemClock } from '@holdfast/host/clock'
import { createFolderCache } from '@holdfast/host/folder-cache'
import { systemRandom } from '@holdfast/host/random'
import type { EngineEnv } from '@holdfast/vault'
import { type OpenedVault, openVault, unwrapAhead } from '@holdfast/vault/open-vault'
import type { Output } from './output.ts'
import { givenPassphrase, readPassphrase } from './passphrase.ts'
import type { OpenPlace } from './place/open-place.ts'
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
 * `meanwhile` is begun while the vault answers and the passphrase is stretched. Disposing ends every child. Rejects as
 * `openVault`, `openPlace` and `readPassphrase` do.
 */
export async function openEmbeddedVault(
  text: string,
  options: VaultOptions,
  by: { settings: Settings; output: Output; meanwhile?: () => Promise<unknown> },
): Promise<EmbeddedVault> {
  const { settings, output } = by
  await using stack = new AsyncDisposableStack()
  const keyFile = rememberedKeyFile(text, settings)
  // Before the place is reached, where there is something to unwrap and nobody has to be asked.
  const { known } = keyFile
  const given = known === undefined ? undefined : await givenPassphrase(settings, options.passphraseFile)
  const ahead = known === undefined || given === undefined ? undefined : unwrapAhead(known, given)
  // Loaded only now, so that the passphrase is being stretched meanwhile.
  const { openPlace } = await import('./place/open-place.ts')
  const at = stack.use(await openPlace(text, settings, { rcloneConfig: options.rcloneConfig, output }))
  const bare = engineEnv(settings, { get: () => undefined, put: () => {}, retain: () => {} })
  // Read once: the file may be a pipe.
  const passphrase = async () =>
    given ??
    (await readPassphrase(settings, { file: options.passphraseFile, confirm: false, place: at.name }))
  const opening = openVault(at.doors, { kind: 'ask', passphrase, ahead, onUnwrapped: keyFile.remember }, bare)
  const [vault] = await Promise.all([opening, by.meanwhile?.()])
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
