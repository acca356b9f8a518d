import { writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { HoldfastError } from '@holdfast/domain'
import { systemRandom } from '@holdfast/host'
import {
  createRcloneCarrier,
  cryptOptions,
  drawCryptName,
  findRclone,
  placeFs,
  startRcloneDaemon,
} from '@holdfast/rclone'
import { NONCE_BYTES, sealConfig } from '@holdfast/sealed-config'
import { cryptPasswordsOf, type OpenedVault } from '@holdfast/vault'
import type { ObjectCarrier } from '@holdfast/vault/ports'
import type { Settings } from '../settings.ts'
import type { OpenPlace } from './open-place.ts'
import { makeRunFolder } from './run-folder.ts'

/**
 * A carrier between two places, over an rclone of its own that knows the remotes of both: their configurations may be
 * two files. Its own is sealed under a password that nobody else gets, and goes with it. INPUT_INVALID when the two
 * configurations mean different remotes by one name.
 */
export async function openCarrier(
  vault: OpenedVault,
  { from, to }: { from: OpenPlace; to: OpenPlace },
  settings: Settings,
): Promise<AsyncDisposable & { readonly carrier: ObjectCarrier }> {
  await using stack = new AsyncDisposableStack()
  const folder = stack.use(await makeRunFolder(from.home.spoolDir))
  const configFile = join(folder.path, 'rclone.conf')
  const configPassword = Buffer.from(systemRandom.bytes(32)).toString('base64url')
  const text = configText(await joinedRemotes(from, to))
  const nonce = systemRandom.bytes(NONCE_BYTES)
  await writeFile(configFile, sealConfig(text, configPassword, nonce), { mode: 0o600 })
  const { binary } = await findRclone([settings.path, join(settings.home, 'bin')].join(delimiter))
  const inner = placeFs(from.place, 'v1')
  const crypt = drawCryptName(systemRandom)
  const remotes = vault.encrypted
    ? { [crypt]: cryptOptions(inner, cryptPasswordsOf(vault.masterKey, vault.id), systemRandom) }
    : {}
  const daemon = stack.use(
    await startRcloneDaemon({
      ...{ binary, remotes, configFile, configPassword },
      ...{ stateDir: from.home.rcloneStateDir, signal: settings.signal },
    }),
  )
  const carrier = createRcloneCarrier(daemon.client, {
    from: { outer: placeFs(from.place), inner },
    to: { outer: placeFs(to.place), inner: placeFs(to.place, 'v1') },
    crypt: vault.encrypted ? `${crypt}:` : undefined,
    checksums: from.place.kind === 'folder' && to.place.kind === 'folder' ? 'skip' : 'compare',
  })
  const parts = stack.move()
  return { carrier, [Symbol.asyncDispose]: () => parts.disposeAsync() }
}

async function joinedRemotes(
  from: OpenPlace,
  to: OpenPlace,
): Promise<Record<string, Record<string, string>>> {
  const [one, other] = [await from.remoteOptions(), await to.remoteOptions()]
  for (const [name, section] of Object.entries(other)) {
    const same = one[name]
    if (same !== undefined && sorted(same) !== sorted(section))
      throw new HoldfastError(
        'INPUT_INVALID',
        `The remote "${name}" means two things in two configurations.`,
        {
          next: 'Give both remotes from one configuration with --rclone-config, or rename one of them.',
        },
      )
  }
  return { ...one, ...other }
}

function sorted(section: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(section).sort(([a], [b]) => (a < b ? -1 : 1)))
}

function configText(remotes: Readonly<Record<string, Readonly<Record<string, string>>>>): string {
  return Object.entries(remotes)
    .map(([name, section]) => {
      const lines = Object.entries(section).map(([key, value]) => `${key} = ${value}`)
      return [`[${name}]`, ...lines, ''].join('\n')
    })
    .join('\n')
}
