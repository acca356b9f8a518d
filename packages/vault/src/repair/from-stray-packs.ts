import { isDamage } from '../check/findings.ts'
import { openFrames } from '../pack/open-frames.ts'
import type { RepairEnv } from '../repair.ts'
import type { OpenedVault } from '../vault/open-vault.ts'
import type { WholeIndex } from './read-index.ts'
import type { Rescue } from './rescue.ts'

/**
 * Looks for wanted pieces in packs of which nobody knows what is in them: their own tables are damaged, and so is every
 * index object that named them. Frames are found by their magic numbers, pieces by their hashes.
 */
export async function rescueFromStrays(
  vault: OpenedVault,
  by: { wanted: ReadonlySet<string>; whole: WholeIndex; rescue: Rescue },
  env: RepairEnv,
): Promise<void> {
  if (by.wanted.size === 0) return
  const known = new Set(by.whole.index.packs.map((row) => row.pack))
  const strays: string[] = []
  for await (const { key } of vault.store.list('packs', { signal: env.signal }))
    if (!known.has(key)) strays.push(key)
  for (const [done, key] of strays.sort().entries()) {
    if (by.wanted.size === 0) return
    env.emit({ type: 'progress', phase: 'salvaging', done, total: strays.length })
    try {
      for (const frame of openFrames(await vault.store.get(key, { signal: env.signal })))
        await by.rescue.fromFrame(frame)
    } catch (error) {
      if (!isDamage(error)) throw error
    }
  }
}
