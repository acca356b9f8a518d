import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createRcloneStore, type RcloneClient } from '@holdfast/rclone'
import type { VaultDoors } from '@holdfast/vault'

/**
 * Doors to a vault whose inner part is reachable under a fixed name: the plan's own crypt remote, or the folder `v1`
 * of a plain vault. The passwords stay in rclone's sealed config, so they are not needed here.
 */
export async function openDoors(options: {
  client: RcloneClient
  outerFs: string
  innerFs: string
  spoolDir: string
  group: string
}): Promise<VaultDoors> {
  const { client, outerFs, innerFs, spoolDir, group } = options
  await mkdir(spoolDir, { recursive: true, mode: 0o700 })
  // A folder's checksums are made by reading everything back; sizes and our own hashes stand for them there.
  const checksums = outerFs.startsWith('/') ? 'skip' : 'compare'
  const storeAt = (fs: string, part: string) =>
    createRcloneStore(client, { fs, spoolDir: join(spoolDir, part), group, checksums })
  return {
    outer: storeAt(outerFs, 'outer'),
    openInner: async () => storeAt(innerFs, 'inner'),
  }
}
