import { isDamage } from '../check/findings.ts'
import type { Marks } from '../marks/read-marks.ts'
import type { SnapshotHistory } from '../snapshot/read-snapshots.ts'
import { MAX_SEALED_BYTES } from '../snapshot/sealed-json.ts'
import type { Snapshot } from '../snapshot/snapshot-format.ts'
import type { EngineEnv } from '../vault/create-vault.ts'
import type { OpenedVault } from '../vault/open-vault.ts'
import { type PackRow, pieceTableOf, readIndexObject } from './index-format.ts'
import { createPieceIndex, type PieceIndex } from './piece-index.ts'
import { rowsFromTails } from './rows-from-tails.ts'

export type LoadedIndex = {
  readonly index: PieceIndex
  readonly broken: readonly { readonly key: string; readonly reason: string }[]
  /** Rows of packs that no index object and no snapshot names: a run was cut off before it could. */
  readonly adopted: readonly PackRow[]
  /** Index objects that were read, with their rows. */
  readonly objects: readonly { readonly key: string; readonly rows: readonly PackRow[] }[]
}

/**
 * The vault's whole index: every index object (from the cache where it is there) and every snapshot's inline rows.
 * A damaged object is reported. Packs that no row names are asked for their own tables, so that an index object or a
 * snapshot (with its inline rows) that is damaged, or gone without a trace, takes nothing else along.
 *
 * Packs that marks call absent come last, so that a piece which lies elsewhere too is found there; with
 * `for: 'writing'` they are left out: what is about to be deleted must not be built on. A writer stores anew what it
 * does not find, so for it tables are read only where damage shows or `adopt` says so.
 */
export async function loadIndex(
  vault: OpenedVault,
  history: Pick<SnapshotHistory, 'snapshots' | 'hidden' | 'broken' | 'marks'>,
  env: EngineEnv,
  options: { for: 'reading' | 'writing'; adopt?: boolean } = { for: 'reading' },
): Promise<LoadedIndex> {
  const keys: string[] = []
  const broken: { key: string; reason: string }[] = []
  for await (const { key, size } of vault.store.list('index', { signal: env.signal })) {
    if (size <= MAX_SEALED_BYTES) keys.push(key)
    else broken.push({ key, reason: `It has ${size} bytes, too many for an index object.` })
  }
  keys.sort()
  const rows: PackRow[][] = []
  let next = 0
  await Promise.all(
    Array.from({ length: Math.min(8, keys.length) }, async () => {
      while (next < keys.length) {
        const at = next
        next += 1
        const key = keys[at] as string
        try {
          rows[at] = await readRows(vault, key, env)
        } catch (error) {
          if (!isDamage(error)) throw error
          broken.push({ key, reason: error.message })
        }
      }
    }),
  )
  env.cache.retain(`${vault.id}/index`, new Set(keys.map((key) => `${vault.id}/${key}`)))
  const { marks } = history
  const committed = [...history.snapshots, ...history.hidden]
  const named = [...rows.flat().filter((row) => row !== undefined), ...committed.flatMap((s) => s.rows)]
  const damaged = broken.filter(({ key }) => !marks.quarantined.has(key))
  const lost = damaged.length > 0 || history.broken.length > 0 || hasGap(committed, marks)
  const adopted =
    lost || options.adopt === true || options.for === 'reading'
      ? await rowsFromTails(vault, new Set(named.map((row) => row.pack)), env)
      : []
  // A damaged mark may have said that packs which rows still name were deleted: only what is there counts then.
  const present = marks.broken.length > 0 ? await packKeys(vault, env) : undefined
  const isAbsent = (row: PackRow) => marks.absent.has(row.pack) || present?.has(row.pack) === false
  const all = [...named, ...adopted]
  const usable = [
    ...all.filter((row) => !isAbsent(row)),
    ...(options.for === 'reading' ? all.filter(isAbsent) : []),
  ]
  const index = createPieceIndex(
    usable.reduce((sum, row) => sum + (pieceTableOf(row)?.count ?? row.pieces.length), 0),
  )
  const seen = new Set<string>()
  for (const row of usable) {
    if (seen.has(row.pack)) continue
    seen.add(row.pack)
    index.addPack(row)
  }
  const objects = keys.flatMap((key, i) => (rows[i] === undefined ? [] : [{ key, rows: rows[i] }]))
  return {
    index,
    broken: damaged,
    adopted: adopted.filter((row) => !isAbsent(row)),
    objects,
  }
}

async function packKeys(vault: OpenedVault, env: EngineEnv): Promise<Set<string>> {
  const keys = new Set<string>()
  for await (const { key } of vault.store.list('packs', { signal: env.signal })) keys.add(key)
  return keys
}

/** True when a number is missing between two snapshots of a writer and no mark says why. */
function hasGap(snapshots: readonly Snapshot[], marks: Marks): boolean {
  for (const [writer, chain] of Map.groupBy(snapshots, ({ body }) => body.writer)) {
    const present = new Set(chain.map(({ body }) => body.seq))
    for (let seq = Math.max(...present) - 1; seq > 0; seq -= 1)
      if (!present.has(seq) && !marks.explains(writer, seq)) return true
  }
  return false
}

async function readRows(vault: OpenedVault, key: string, env: EngineEnv): Promise<PackRow[]> {
  const cached = env.cache.get(`${vault.id}/${key}`)
  if (cached !== undefined) {
    try {
      return readIndexObject(cached)
    } catch {
      // A damaged cache is no damaged vault: read the vault's own copy below.
    }
  }
  const bytes = await vault.store.get(key, { signal: env.signal })
  const rows = readIndexObject(bytes)
  env.cache.put(`${vault.id}/${key}`, bytes)
  return rows
}
