import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { VaultId, type VaultPlace, WriterId } from '@holdfast/domain'
import { z } from 'zod'
import { makePrivateDir } from './home.ts'
import { placeName } from './lock-place.ts'
import { systemCode } from './system-error.ts'

const CopyFile = z.object({
  version: z.literal(1),
  vault: VaultId,
  writers: z.array(z.object({ writer: WriterId, seq: z.int().nonnegative() })),
})

/** Notes the highest number of each machine in a second copy: it may well be behind the vault. Atomic. */
export function rememberCopySeqs(
  home: string,
  place: VaultPlace,
  copy: { vault: VaultId; writers: readonly { readonly writer: WriterId; readonly seq: number }[] },
): void {
  const dir = join(home, 'copies')
  makePrivateDir(dir)
  const file = join(dir, `${placeName(place)}.json`)
  const draft = `${file}.${process.pid}`
  writeFileSync(draft, JSON.stringify({ version: 1, ...copy }), { mode: 0o600 })
  renameSync(draft, file)
}

/** What was noted of a place; undefined where this home made no copy of that vault, or its note can't be read. */
export function copySeqs(
  home: string,
  place: VaultPlace,
  vault: VaultId,
): ReadonlyMap<WriterId, number> | undefined {
  let text: string
  try {
    text = readFileSync(join(home, 'copies', `${placeName(place)}.json`), 'utf8')
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
  const noted = CopyFile.safeParse(jsonOf(text))
  if (!noted.success || noted.data.vault !== vault) return undefined
  return new Map(noted.data.writers.map(({ writer, seq }) => [writer, seq]))
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // the schema refuses it
  }
}
