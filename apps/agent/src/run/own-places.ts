import { relative } from 'node:path'
import type { Source } from '@holdfast/domain'

/**
 * The sources with Holdfast's own folders left out of them: a vault inside a source would back itself up into itself,
 * growing with every run. Only folders that lie inside a source change it.
 */
export function withoutOwnPlaces(sources: readonly Source[], ownFolders: readonly string[]): Source[] {
  return sources.map((source) => {
    const inside = ownFolders.map((folder) => relative(source.path, folder)).filter(isInside)
    return { ...source, excludes: [...source.excludes, ...inside.map((path) => `/${escaped(path)}/`)] }
  })
}

function isInside(path: string): boolean {
  return path !== '' && path !== '..' && !path.startsWith('../')
}

/** Characters with a meaning in gitignore rules, taken literally. */
function escaped(path: string): string {
  return path.replace(/[\\*?[\]!#]/g, '\\$&').replace(/ $/, '\\ ')
}
