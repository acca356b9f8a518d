import { createHash } from 'node:crypto'
import { type CopyRecord, formatBytes, formatPlace, type VaultId, type VaultPlace } from '@holdfast/domain'
import type { CopiedSummary, Failure } from '../run/engine-messages.ts'

type End = { readonly summary: CopiedSummary } | { readonly failure: Failure }

/** Where the record of a copy is kept. */
export function copyRecordKey(vault: VaultId, place: VaultPlace): string {
  return `vault-copy-${vault}-${createHash('sha256').update(formatPlace(place)).digest('hex').slice(0, 16)}`
}

/** True when the place has no whole copy any more, whatever was copied there before. */
export function isLost(end: End): boolean {
  if ('summary' in end) return !end.summary.ok
  return ['PLACE_NOT_EMPTY', 'VAULT_EXISTS', 'VAULT_DAMAGED', 'VAULT_NEWER'].includes(end.failure.code)
}

/** What a person should know of how a copying ended; null when all is well. */
export function problemOf(end: End, place: VaultPlace): CopyRecord['problem'] {
  if ('failure' in end) return end.failure
  const { ok, differing, damaged, heldBack, lost } = end.summary
  const where = formatPlace(place)
  const [object] = differing.length > 0 ? differing : damaged
  if (!ok)
    return {
      code: 'VAULT_DAMAGED',
      message: `The copy at ${where} is not what it should be: ${object ?? 'an object'} differs or is damaged.`,
      next: 'Check both with `holdfast check --read all`, then repair the one that is damaged.',
    }
  if (heldBack === null) return null
  const next =
    lost > 0
      ? 'Restore from the copy what you need, then copy to a new place.'
      : 'Look at the vault with `holdfast check`; then copy again with `holdfast vault copy`.'
  return { code: 'COPY_HELD', message: `Nothing was deleted from the copy at ${where}: ${heldBack}`, next }
}

/** The end of a copying as one line of a run's log. */
export function copySentence(end: End, place: VaultPlace): string {
  const where = formatPlace(place)
  if ('failure' in end)
    return `The snapshot is safe in the vault, but the second copy at ${where} was not brought up to date: ${end.failure.message}`
  const { ok, copied, heldBack } = end.summary
  const done = `The second copy at ${where} is up to date: ${copied.objects} objects, ${formatBytes(copied.bytes)} copied.`
  if (!ok) return problemOf(end, place)?.message ?? done
  return heldBack === null ? done : `${done} Nothing was deleted there: ${heldBack}`
}
