import { z } from 'zod'
import type { ReadScope } from '../check.ts'
import type { Cache, Random } from '../ports.ts'
import type { OpenedVault } from '../vault/open-vault.ts'

/**
 * The packs to read in full, keys in order: all, or those longest unread that make up the share or the budget. What
 * was never read comes first; among equals chance decides.
 */
export function chooseReads(
  packs: ReadonlyMap<string, number>,
  scope: ReadScope,
  by: { remembered: RememberedReads; random: Random },
): string[] {
  if (scope.kind === 'none') return []
  if (scope.kind === 'all') return [...packs.keys()].sort()
  const total = [...packs.values()].reduce((sum, size) => sum + size, 0)
  let left = scope.kind === 'budget' ? scope.bytes : (total * scope.percent) / 100
  const queue = [...packs]
    .map(([key, size]) => ({
      ...{ key, size, round: by.remembered.roundOf(key) },
      chance: Buffer.from(by.random.bytes(6)).readUIntLE(0, 6),
    }))
    .sort((a, b) => a.round - b.round || a.chance - b.chance)
  const chosen: string[] = []
  for (const { key, size } of queue) {
    if (left <= 0) break
    chosen.push(key)
    left -= size
  }
  return chosen.sort()
}

/** Which packs earlier checks of this home read and found sound, by rounds: a clock may be wrong. */
export type RememberedReads = {
  /** The round in which a pack was last found sound, 0 for never. */
  roundOf(pack: string): number
  /** Puts a pack into the present round. */
  add(pack: string): void
  /** Keeps what is remembered of the packs that are there. */
  save(present: ReadonlyMap<string, number>): void
}

const Reads = z.object({ version: z.literal(1), rounds: z.record(z.string(), z.number().int().positive()) })

/** Some 8 TB in packs; of more the oldest rounds are forgotten, and those packs count as never read. */
const MAX_REMEMBERED = 250_000

export function rememberedReads(vault: OpenedVault, cache: Cache): RememberedReads {
  const key = `${vault.id}/check/reads`
  const rounds = new Map(Object.entries(parse(cache.get(key))))
  const round = rounds.values().reduce((most, one) => Math.max(most, one), 0) + 1
  return {
    roundOf: (pack) => rounds.get(shortName(pack)) ?? 0,
    add: (pack) => void rounds.set(shortName(pack), round),
    save(present) {
      const there = new Set([...present.keys()].map(shortName))
      const kept = [...rounds].filter(([name]) => there.has(name)).sort(([, a], [, b]) => b - a)
      const body: z.infer<typeof Reads> = {
        version: 1,
        rounds: Object.fromEntries(kept.slice(0, MAX_REMEMBERED)),
      }
      cache.put(key, Buffer.from(JSON.stringify(body)))
    },
  }
}

/** A damaged memory is no memory: the rotation starts anew. */
function parse(bytes: Uint8Array | undefined): Record<string, number> {
  if (bytes === undefined) return {}
  try {
    return Reads.parse(JSON.parse(Buffer.from(bytes).toString('utf8'))).rounds
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return {}
    throw error
  }
}

/** `packs/3f/3f…-9a1c.tar.zst` as `3f…-9a1c`. */
function shortName(pack: string): string {
  return pack.slice(pack.lastIndexOf('/') + 1, -'.tar.zst'.length)
}
