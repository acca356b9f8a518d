import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { formatPlace } from '@holdfast/domain'
import { createFolderCache } from '@holdfast/host/folder-cache'
import { resolvePlace } from '@holdfast/rclone/place'
import { asPlaceText } from './place/place-text.ts'
import type { Settings } from './settings.ts'

/** The key file of the vault at a place as it was the last time, on this machine's disk: wrapped, as it lies there. */
export function rememberedKeyFile(
  text: string,
  settings: Settings,
): { readonly known: string | undefined; remember(keyFile: string): void } {
  const place = resolvePlace(asPlaceText(text), Buffer.from(settings.cwd).toString())
  const cache = createFolderCache(join(settings.home, 'cache', 'key-files'))
  const key = createHash('sha256').update(formatPlace(place)).digest('hex')
  const bytes = cache.get(key)
  const known = bytes === undefined ? undefined : Buffer.from(bytes).toString()
  return {
    known,
    remember(keyFile) {
      if (keyFile !== known) cache.put(key, Buffer.from(keyFile))
    },
  }
}
