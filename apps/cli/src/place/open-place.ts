import { writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { formatPlace, isHoldfastError, type VaultPlace } from '@holdfast/domain'
import { type Home, openHome, systemRandom } from '@holdfast/host'
import {
  checkPlaceAllowed,
  createCryptRemote,
  createRcloneStore,
  cryptOptions,
  drawCryptName,
  encryptedFs,
  findRclone,
  locateRclone,
  placeFs,
  type RcloneClient,
  readRemoteOptions,
  resolvePlace,
  startRcloneDaemon,
} from '@holdfast/rclone'
import { NONCE_BYTES, sealConfig } from '@holdfast/sealed-config'
import type { VaultDoors } from '@holdfast/vault'
import type { Output } from '../output.ts'
import type { Settings } from '../settings.ts'
import { notWritable } from '../write-private-file.ts'
import { findRemote } from './find-remote.ts'
import { asPlaceText } from './place-text.ts'
import { makeRunFolder } from './run-folder.ts'

/** A place that a vault may lie at, reachable as long as it is not disposed. */
export type OpenPlace = AsyncDisposable & {
  readonly home: Home
  readonly place: VaultPlace
  /** As people write it. */
  readonly name: string
  readonly doors: VaultDoors
  /** Options, secrets among them, of the place's remote and of all it is built upon; none for a folder. */
  remoteOptions(): Promise<Record<string, Record<string, string>>>
}

/**
 * Reaches a place through an rclone child of its own. Where the child's configuration is of this run alone, it also has
 * an encrypted vault's crypt remote; where rclone is lent somebody's file, a second child has it in its environment
 * alone. Disposing ends both and removes what was spooled. REMOTE_*, RCLONE_*, INPUT_INVALID.
 */
export async function openPlace(
  text: string,
  settings: Settings,
  options: { rcloneConfig: string | undefined; output: Output },
): Promise<OpenPlace> {
  const place = resolvePlace(asPlaceText(text), Buffer.from(settings.cwd).toString())
  const home = openHome(settings.home)
  await using stack = new AsyncDisposableStack()
  const folder = stack.use(await makeRunFolder(home.spoolDir))
  // Outlives this function: the inner child is started later.
  const children = stack.use(new AsyncDisposableStack())
  const config = await configFor(place, settings, { ...options, folder: folder.path })
  const path = [settings.path, join(settings.home, 'bin')].join(delimiter)
  const binary = await locateRclone(path)
  const start = async (remotes: Record<string, Record<string, string>>): Promise<RcloneClient> => {
    const daemon = await startRcloneDaemon({
      ...{ binary, remotes, stateDir: home.rcloneStateDir, signal: settings.signal },
      configFile: config.file,
      ...(config.password === undefined ? {} : { configPassword: config.password }),
    }).catch(async (error: unknown) => {
      // One that is too old may not know what it was asked to do: its version says more.
      await findRclone(path)
      throw error
    })
    return children.use(daemon).client
  }

  const outer = await start({})

  await checkPlaceAllowed(outer, place, { signal: settings.signal })
  // A folder's checksums are made by reading everything back; sizes and our own hashes stand for them there.
  const checksums = place.kind === 'folder' ? 'skip' : 'compare'
  const storeAt = (client: RcloneClient, fs: string) =>
    createRcloneStore(client, { fs, spoolDir: join(folder.path, 'objects'), checksums })
  const parts = stack.move()
  return {
    home,
    place,
    name: formatPlace(place),
    doors: {
      outer: storeAt(outer, placeFs(place)),
      openInner: async (passwords) => {
        if (passwords === undefined) return storeAt(outer, placeFs(place, 'v1'))
        const crypt = cryptOptions(encryptedFs(place), passwords, systemRandom)
        const name = drawCryptName(systemRandom)
        const known = config.own && (await canHold(outer, name, crypt))

        return storeAt(known ? outer : await start({ [name]: crypt }), `${name}:`)
      },
    },
    remoteOptions: () => readRemoteOptions(outer, place, { signal: settings.signal }),
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  }
}

/** Adds the crypt remote to a daemon's own configuration. False for a folder whose name that can't hold. */
async function canHold(client: RcloneClient, name: string, crypt: Record<string, string>): Promise<boolean> {
  try {
    await createCryptRemote(client, name, crypt)
    return true
  } catch (error) {
    if (isHoldfastError(error, 'INPUT_INVALID')) return false
    throw error
  }
}

/** `own` when nobody else reads it, and it goes with this place. */
type Config = { readonly file: string; readonly password: string | undefined; readonly own: boolean }

/**
 * @NOTE rclone writes renewed sign-ins into its config. Its default config is the user's, and we were told to read it
 * only, so rclone gets a sealed copy for the run; where the provider's sign-in is good once only, `--rclone-config`
 * lends the file itself.
 */
async function configFor(
  place: VaultPlace,
  settings: Settings,
  options: { rcloneConfig: string | undefined; output: Output; folder: string },
): Promise<Config> {
  if (place.kind === 'folder') return await sealedConfig('', options.folder)
  const found = await findRemote(place.remote, settings, options.rcloneConfig)
  options.output.note(`The remote "${place.remote}" is the one in ${found.whose}.`)
  if (found.kind === 'writable') return { file: found.file, password: found.password, own: false }
  return await sealedConfig(found.content, options.folder)
}

/** A configuration for this run alone, sealed under a password that nobody else gets. */
async function sealedConfig(content: string | Uint8Array, folder: string): Promise<Config> {
  const file = join(folder, 'rclone.conf')
  const password = Buffer.from(systemRandom.bytes(32)).toString('base64url')
  await orNotWritable(file, async () => {
    await writeFile(file, sealConfig(content, password, systemRandom.bytes(NONCE_BYTES)), { mode: 0o600 })
  })
  return { file, password, own: true }
}

async function orNotWritable(file: string, write: () => Promise<void>): Promise<void> {
  try {
    await write()
  } catch (error) {
    throw notWritable(Buffer.from(file), error)
  }
}
