import type { VaultPlace } from '@holdfast/domain'
import { placeFs, type RcloneClient } from '@holdfast/rclone'
import { z } from 'zod'

const NAMES = 3
const FOLDERS_AT_MOST = 50

/**
 * The names of a few files at a place, found folder by folder: what people choose by mistake may hold millions of
 * files, and listing them all would take minutes. Empty when there is a vault, or when it found none in its first
 * fifty folders; then only `inspectPlace` knows. Never rejects for what lies there.
 */
export async function filesAtPlace(client: RcloneClient, place: VaultPlace): Promise<string[]> {
  const fs = placeFs(place)
  const files: string[] = []
  const folders = ['']
  for (let looked = 0; looked < FOLDERS_AT_MOST && files.length < NAMES; looked += 1) {
    const remote = folders.shift()
    if (remote === undefined) break
    const opt = { noModTime: true, noMimeType: true }
    const answer = await client.callRaw('operations/list', { fs, remote, opt })
    // A folder that is not there or may not be read is for the exact look to explain.
    if (answer.status !== 200) continue
    for (const { Path, IsDir } of Listing.parse(JSON.parse(answer.body)).list ?? []) {
      if (Path === 'vault.json') return []
      if (IsDir) folders.push(Path)
      else files.push(Path)
    }
  }
  return files.sort().slice(0, NAMES)
}

const Listing = z.object({
  list: z.array(z.object({ Path: z.string(), IsDir: z.boolean().default(false) })).nullish(),
})
