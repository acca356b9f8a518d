import { relative } from 'node:path'
import { HoldfastError, type VaultPlace } from '@holdfast/domain'

/**
 * Rules that leave Holdfast's own folders out of a source: a vault inside a source would back itself up into itself,
 * growing with every run. Empty when none lies inside.
 */
export function ownFoldersInside(source: Uint8Array, ownFolders: readonly string[]): string[] {
  const from = Buffer.from(source).toString()
  return ownFolders
    .map((folder) => relative(from, folder))
    .filter((path) => path !== '' && path !== '..' && !path.startsWith('../'))
    .map((path) => `/${literally(path)}/`)
}

/** Refuses a folder of the vault's own as a source or a target: what is in there is the vault's alone. USAGE. */
export function refuseInsideVault(path: Uint8Array, place: VaultPlace): void {
  if (place.kind !== 'folder') return
  const text = Buffer.from(path).toString()
  const way = relative(place.path, text)
  if (way === '..' || way.startsWith('../')) return
  throw new HoldfastError('USAGE', `${text} lies in the vault ${place.path} itself.`, {
    next: 'Choose a folder outside the vault.',
  })
}

/** Characters with a meaning in gitignore rules, taken as they are. */
function literally(path: string): string {
  return path.replace(/[\\*?[\]!#]/g, '\\$&').replace(/ $/, '\\ ')
}
