import type { PairedDevice } from '#web/trpc/types.ts'

/** What a role may do, to follow "may". */
export const ROLE_WORDS: Readonly<Record<PairedDevice['role'], string>> = {
  viewer: 'look',
  operator: 'look and run backups',
  restorer: 'look, run backups and restore',
  owner: 'do everything',
}
