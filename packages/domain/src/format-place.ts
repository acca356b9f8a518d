import type { VaultPlace } from './vault-place.ts'

/** A place as people write it: `/mnt/disk/vault` or `nas:backup/vault`. */
export function formatPlace(place: VaultPlace): string {
  return place.kind === 'folder' ? place.path : `${place.remote}:${place.path}`
}
