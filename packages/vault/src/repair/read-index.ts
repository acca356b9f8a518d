import { isDamage } from '../check/findings.ts'
import { hasNameOf } from '../check/index-objects.ts'
import { type PackRow, readIndexObject } from '../index/index-format.ts'
import { createPieceIndex, type PieceIndex, type PieceSpot } from '../index/piece-index.ts'
import { rowsFromTails } from '../index/rows-from-tails.ts'
import type { RepairEnv } from '../repair.ts'
import type { SnapshotHistory } from '../snapshot/read-snapshots.ts'
import { MAX_SEALED_BYTES } from '../snapshot/sealed-json.ts'
import type { OpenedVault } from '../vault/open-vault.ts'

/** Every place of every piece, by all that is sound. */
export type WholeIndex = {
  /** The place that readers would find. */
  readonly index: PieceIndex
  /** Further places of a piece, best first. */
  others(id: string): readonly PieceSpot[]
  /** True when a sound index object or a snapshot names the pack. */
  isNamed(pack: string): boolean
  /** Damaged index objects that no mark sets aside yet. */
  readonly broken: readonly string[]
}

/**
 * Reads every index object and asks each pack that none names for its own table. The order is that of readers: packs
 * that are to be deleted come last, and after them those that an earlier repair set aside.
 */
export async function readWholeIndex(
  vault: OpenedVault,
  { snapshots, hidden, marks }: SnapshotHistory,
  env: RepairEnv,
): Promise<WholeIndex> {
  const { rows, broken } = await readIndexObjects(vault, marks.quarantined, env)
  const named = [...rows, ...[...snapshots, ...hidden].flatMap((snapshot) => snapshot.rows)]
  const names = new Set(named.map((row) => row.pack))
  const tails = await rowsFromTails(vault, names, env)
  // Asked twice: a pack that could not answer once is not lost.
  const found = new Set([...names, ...tails.map((row) => row.pack)])
  const all = [...named, ...tails, ...(await rowsFromTails(vault, found, env))]
  const rank = ({ pack }: PackRow) => (marks.quarantined.has(pack) ? 2 : marks.absent.has(pack) ? 1 : 0)
  const ordered = [0, 1, 2].flatMap((wanted) => all.filter((row) => rank(row) === wanted))
  const { index, others } = indexOf(ordered)
  return { index, others: (id) => others.get(id) ?? [], isNamed: (pack) => names.has(pack), broken }
}

function indexOf(rows: readonly PackRow[]): { index: PieceIndex; others: Map<string, PieceSpot[]> } {
  const index = createPieceIndex(rows.reduce((sum, row) => sum + row.pieces.length, 0))
  const others = new Map<string, PieceSpot[]>()
  const seen = new Set<string>()
  for (const row of rows) {
    if (seen.has(row.pack)) continue
    seen.add(row.pack)
    const pack = index.addPack(row)
    for (const [id, frame, inner, length] of row.pieces)
      if (index.findHex(id)?.pack !== pack)
        others.set(id, [...(others.get(id) ?? []), { pack, frame, inner, length }])
  }
  return { index, others }
}

async function readIndexObjects(
  vault: OpenedVault,
  quarantined: ReadonlySet<string>,
  env: RepairEnv,
): Promise<{ rows: PackRow[]; broken: string[] }> {
  const objects: { key: string; size: number }[] = []
  for await (const { key, size } of vault.store.list('index', { signal: env.signal }))
    if (!quarantined.has(key)) objects.push({ key, size })
  objects.sort((a, b) => (a.key < b.key ? -1 : 1))
  const rows: PackRow[] = []
  const broken: string[] = []
  for (const { key, size } of objects) {
    const read =
      size > MAX_SEALED_BYTES
        ? undefined
        : ((await readOne(vault, key, env)) ?? (await readOne(vault, key, env)))
    if (read === undefined) broken.push(key)
    else rows.push(...read)
  }
  return { rows, broken }
}

async function readOne(vault: OpenedVault, key: string, env: RepairEnv): Promise<PackRow[] | undefined> {
  try {
    const bytes = await vault.store.get(key, { signal: env.signal })
    return hasNameOf(key, bytes) ? readIndexObject(bytes) : undefined
  } catch (error) {
    if (isDamage(error)) return undefined
    throw error
  }
}
