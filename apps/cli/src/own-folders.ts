import { relative } from 'node:path'

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

/** Characters with a meaning in gitignore rules, taken as they are. */
function literally(path: string): string {
  return path.replace(/[\\*?[\]!#]/g, '\\$&').replace(/ $/, '\\ ')
}
