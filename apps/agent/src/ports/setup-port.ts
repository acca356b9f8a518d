import { stat } from 'node:fs/promises'
import { join, normalize } from 'node:path'
import type { ApiPorts, FolderListing } from '@holdfast/api'
import { HoldfastError, isHoldfastError, toHoldfastError, type VaultPlace } from '@holdfast/domain'
import { listFolders } from '@holdfast/host'
import { isOwnRemote, listRemotes, type RcloneClient } from '@holdfast/rclone'
import { auditActor } from '../audit.ts'
import { listUserRemotes } from '../vaults/import-remote.ts'
import type { Vaults } from '../vaults/vaults.ts'

const NAMES_AT_MOST = 500
const USUAL_SOURCES = ['Documents', 'Pictures', 'Desktop', 'Music', 'Videos']

/** What the first-run screens ask: folders, remotes, and what lies at a place. */
export function createSetupPort(parts: {
  vaults: Vaults
  client: RcloneClient
  userHome: string
  userRcloneConfig: readonly string[]
}): ApiPorts['setup'] {
  const { userHome } = parts
  return {
    folders: (path, after) => folderPage(normalize(path ?? userHome), after),
    async suggestions() {
      const usual = await Promise.all(
        USUAL_SOURCES.map(async (name) =>
          (await isFolder(join(userHome, name))) ? [join(userHome, name)] : [],
        ),
      )
      return {
        home: userHome,
        restoreDir: join(userHome, 'Restored'),
        vaultDir: join(userHome, 'Holdfast'),
        timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
        sources: usual.flat(),
      }
    },
    async remotes() {
      const own = (await listRemotes(parts.client)).filter(({ name }) => !isOwnRemote(name))
      const theirs = await listUserRemotes(parts.userRcloneConfig)
      return [...own, ...theirs.filter(({ name }) => !own.some((remote) => remote.name === name))]
    },
    async inspectPlace(place, actor) {
      try {
        if (place.kind === 'folder' && !(await exists(place.path))) return { kind: 'new' }
        const found = await parts.vaults.inspect(place, auditActor(actor))
        if (found.kind === 'vault') return { kind: 'vault', encrypted: found.encrypted, snapshots: null }
        return found
      } catch (error) {
        if (isHoldfastError(error, 'INTERNAL')) throw error
        return unreachable(place, error)
      }
    },
    tryPassphrase: (place, passphrase, actor) =>
      parts.vaults.tryPassphrase(place, passphrase, auditActor(actor)),
  }
}

async function folderPage(path: string, after: string | undefined): Promise<FolderListing> {
  if (!path.startsWith('/')) throw new HoldfastError('INPUT_INVALID', 'An absolute path, please.')
  const { more, ...page } = await listFolders(path, { after, limit: NAMES_AT_MOST })
  return { ...page, cut: more }
}

function unreachable(
  place: VaultPlace,
  error: unknown,
): { kind: 'unreachable'; message: string; next: string } {
  const { message, next } = toHoldfastError(error)
  return {
    kind: 'unreachable',
    message: place.kind === 'folder' ? `${place.path}: ${message}` : message,
    next,
  }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (info) => info.isDirectory(),
    () => false,
  )
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: unknown) => !(error instanceof Error && 'code' in error && error.code === 'ENOENT'),
  )
}
