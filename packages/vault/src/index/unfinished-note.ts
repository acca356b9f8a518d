import type { WriterId } from '@holdfast/domain'
import type { EngineEnv } from '../vault/create-vault.ts'
import type { OpenedVault } from '../vault/open-vault.ts'

/** A note in the cache that this home stores packs which no snapshot names yet: the next run looks for them. */
export type UnfinishedNote = { isThere(): boolean; write(): void; clear(): void }

/** Losing the note costs an upload, never data. */
export function unfinishedNote(vault: OpenedVault, writer: WriterId, { cache }: EngineEnv): UnfinishedNote {
  const folder = `${vault.id}/unfinished`
  return {
    isThere: () => cache.get(`${folder}/${writer}`) !== undefined,
    write: () => cache.put(`${folder}/${writer}`, Buffer.from('1')),
    clear: () => cache.retain(folder, new Set()),
  }
}
