import { sha256Hex } from '../chunk/piece-id.ts'
import type { LoadedIndex } from '../index/load-index.ts'
import type { EngineEnv } from '../vault/create-vault.ts'
import type { OpenedVault } from '../vault/open-vault.ts'
import { type Findings, isDamage } from './findings.ts'
import type { Reach } from './reachable.ts'

/**
 * A broken index object is damage when a needed pack is known by its own table alone, or a piece can't be found at
 * all; otherwise it is what a run left that was cut off: its key is answered.
 */
export function checkBrokenIndexes(
  { broken, adopted }: LoadedIndex,
  { needed, waiting }: Reach,
  findings: Findings,
): string[] {
  const isMissed =
    findings.pieces.size + findings.leaves.size > 0 ||
    adopted.some((row) => needed.has(row.pack) || waiting.has(row.pack))
  if (!isMissed) return broken.map(({ key }) => key)
  for (const { key, reason } of broken) findings.add(key, 'index', reason)
  return []
}

/**
 * A needed pack that no index object and no snapshot names any more: one of those is gone without a trace, unless
 * another finding says which. Nothing is lost by it, as the pack's own table is there.
 */
export function checkUnnamedPacks({ adopted }: LoadedIndex, { needed }: Reach, findings: Findings): void {
  const isExplained = [...findings.objects.values()].some(
    ({ kind }) => kind === 'index' || kind === 'snapshot',
  )
  if (isExplained) return
  for (const { pack } of adopted)
    if (needed.has(pack))
      findings.add(pack, 'index', 'no index object and no snapshot names it any more, only its own table')
}

/** Reads every index object whole once more: its bytes must have the hash in its name. */
export async function checkIndexHashes(
  vault: OpenedVault,
  { objects }: LoadedIndex,
  by: { aside: ReadonlySet<string>; findings: Findings },
  env: EngineEnv,
): Promise<void> {
  for (const { key } of objects) {
    if (by.aside.has(key)) continue
    try {
      const bytes = await vault.store.get(key, { signal: env.signal })
      if (!hasNameOf(key, bytes)) by.findings.add(key, 'index', 'its bytes do not have the hash in its name')
    } catch (error) {
      if (!isDamage(error)) throw error
      by.findings.add(key, 'index', error.message)
    }
  }
}

/** True when the name of a pack or an index object begins with the hash of these bytes. */
export function hasNameOf(key: string, bytes: Uint8Array): boolean {
  return key.slice(key.lastIndexOf('/') + 1).startsWith(sha256Hex(bytes).slice(0, 32))
}
