import { HoldfastError } from './errors.ts'
import { formatPlace } from './format-place.ts'
import type { VaultPlace } from './vault-place.ts'

/**
 * Refuses a place for a second copy that is the vault's own place, lies in it, or holds it: INPUT_INVALID. Two remotes
 * of other names that lead to one folder can't be told apart here.
 */
export function checkCopyPlace(vault: VaultPlace, copy: VaultPlace): void {
  if (rootOf(vault) !== rootOf(copy)) return
  const [from, to] = [namesOf(vault), namesOf(copy)]
  const shorter = Math.min(from.length, to.length)
  if (!from.slice(0, shorter).every((name, i) => name === to[i])) return
  const how = from.length === to.length ? 'is the vault itself' : 'and the vault lie inside each other'
  throw new HoldfastError('INPUT_INVALID', `The place ${formatPlace(copy)} ${how}.`, {
    next: 'Choose another place for the second copy: best on another machine or at another provider.',
  })
}

/** True when both are the same folder by their names. */
export function isSamePlace(one: VaultPlace, other: VaultPlace): boolean {
  return rootOf(one) === rootOf(other) && namesOf(one).join('/') === namesOf(other).join('/')
}

/** A remote's path with a leading slash starts elsewhere than one without. */
function rootOf(place: VaultPlace): string {
  return place.kind === 'folder' ? '/' : `${place.remote}:${place.path.startsWith('/') ? '/' : ''}`
}

function namesOf({ path }: VaultPlace): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.')
}
