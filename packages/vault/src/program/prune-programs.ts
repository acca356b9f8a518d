import { DAY_MS } from '@holdfast/domain'
import type { PruneEnv, PruneRequest, PruneSummary } from '../prune.ts'
import type { OpenedVault } from '../vault/open-vault.ts'
import { hasWholeFor, listPrograms, objectsOf, type Programs, type StoredProgram } from './list-programs.ts'

/** Of each platform: the newest, and one before it should the newest be damaged some day. */
const KEPT = 2

/**
 * Deletes packed programs that nobody needs any more: those that two newer whole ones of their platform have followed
 * for longer than the grace, manifest first; and what storing that was cut off left, when it is older than that and a
 * day, and a whole program is there for its platform. A dry run only counts.
 */
export async function prunePrograms(
  vault: OpenedVault,
  { graceMs, dryRun }: Pick<PruneRequest, 'graceMs' | 'dryRun'>,
  env: PruneEnv,
): Promise<PruneSummary['programs']> {
  const found = await listPrograms(vault, env)
  const nowMs = env.clock.nowMs()
  const old = supersededBefore(found.programs, nowMs - graceMs)
  const stale = staleLeftovers(found, nowMs - Math.max(graceMs, DAY_MS))
  const bytes = [...old.map((program) => program.bytes), ...stale.map(({ size }) => size)]
  if (!dryRun)
    for (const key of [
      ...old.flatMap((program) => objectsOf(program).reverse()),
      ...stale.map(({ key }) => key),
    ])
      await vault.store.delete(key, { signal: env.signal })
  return { sets: old.length, bytes: bytes.reduce((sum, one) => sum + one, 0) }
}

/** Newest first, as they come. */
function supersededBefore(programs: readonly StoredProgram[], beforeMs: number): StoredProgram[] {
  const followers = new Map<string, number>()
  return programs.filter(({ platform, arch, time, damaged }) => {
    const machine = `${platform}-${arch}`
    const newer = followers.get(machine) ?? 0
    const isWhole = damaged.length === 0
    if (newer >= KEPT) return true
    if (isWhole && time.getTime() <= beforeMs) followers.set(machine, newer + 1)
    return false
  })
}

/** What may be the rest of the only program for its platform stays. */
function staleLeftovers({ programs, leftovers, broken }: Programs, beforeMs: number): Programs['leftovers'] {
  return [...broken, ...leftovers].filter(
    ({ key, modifiedAtMs = Number.POSITIVE_INFINITY }) =>
      modifiedAtMs <= beforeMs && hasWholeFor(programs, key),
  )
}
