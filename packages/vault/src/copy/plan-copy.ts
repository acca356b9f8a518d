import { HoldfastError, SnapshotId } from '@holdfast/domain'
import type { Mark } from '../marks/mark-format.ts'
import type { VaultRoot } from '../ports.ts'
import { parseSnapshotKey } from '../snapshot/snapshot-format.ts'
import { VAULT_FILE } from '../vault/vault-file.ts'
import type { Survey } from './survey-both.ts'

/** An object of one of the two roots. */
export type CopyObject = { readonly root: VaultRoot; readonly key: string; readonly size: number }

/** The steps of a copy, in their order. */
export const COPY_STEPS = ['head', 'packs', 'index', 'rest', 'marks', 'snapshots', 'programs'] as const
export type CopyStep = (typeof COPY_STEPS)[number]

export type CopyPlan = {
  /** Missing at the copy, by step and in order. */
  readonly missing: Readonly<Record<CopyStep, readonly CopyObject[]>>
  /** There with another size. `size` is the vault's. */
  readonly unlike: readonly (CopyObject & { readonly step: CopyStep })[]
  /** Only the copy has these any more. */
  readonly surplus: readonly CopyObject[]
  /** Snapshots that only the copy has, and that no mark of the vault explains: the vault lost them. */
  readonly lost: readonly SnapshotId[]
}

/**
 * What a copy has to do. `marks` are the vault's. VAULT_ROLLED_BACK when the copy has a machine's snapshot that is newer
 * than all that the vault knows of it: the vault was put back, lost its newest, or something else writes to the copy.
 */
export function planCopy({ source, copy }: Survey, marks: readonly Mark[]): CopyPlan {
  const missing: Record<CopyStep, CopyObject[]> = {
    ...{ head: [], packs: [], index: [], rest: [], marks: [], snapshots: [], programs: [] },
  }
  const unlike: CopyPlan['unlike'][number][] = []
  const surplus: CopyObject[] = []
  for (const root of ['outer', 'inner'] as const) {
    for (const [key, size] of [...source[root]].sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1))) {
      const step = stepOf(root, key)
      const there = copy[root].get(key)
      if (there === undefined) missing[step].push({ root, key, size })
      else if (there !== size) unlike.push({ root, key, size, step })
    }
    for (const [key, size] of copy[root]) if (!source[root].has(key)) surplus.push({ root, key, size })
  }
  // The copy under v1/ before the one that makes the folder a vault.
  missing.head.sort((a, b) => rank(a.key) - rank(b.key) || (a.root < b.root ? -1 : 1))
  return { missing, unlike, surplus, lost: lostAtSource({ source, copy }, surplus, marks) }
}

/** As a vault is made: key files, the README, then vault.json, which makes the folder a vault. */
function rank(key: string): number {
  if (key === VAULT_FILE) return 2
  return key === 'README.txt' ? 1 : 0
}

function stepOf(root: VaultRoot, key: string): CopyStep {
  if (root === 'outer' || key === VAULT_FILE) return 'head'
  const folder = key.slice(0, key.indexOf('/'))
  if (folder === 'packs' || folder === 'index' || folder === 'marks') return folder
  if (folder === 'program') return 'programs'
  return folder === 'snaps' ? 'snapshots' : 'rest'
}

function lostAtSource(
  { source }: Survey,
  surplus: readonly CopyObject[],
  marks: readonly Mark[],
): SnapshotId[] {
  const explains = explainedBy(marks)
  const highest = new Map<string, number>()
  for (const key of source.inner.keys()) {
    const named = parseSnapshotKey(key)
    if (named !== undefined) highest.set(named.writer, Math.max(highest.get(named.writer) ?? 0, named.seq))
  }
  return surplus.flatMap(({ root, key }) => {
    const named = root === 'inner' ? parseSnapshotKey(key) : undefined
    if (named === undefined || explains(named.writer, named.seq)) return []
    if (named.seq > (highest.get(named.writer) ?? 0))
      throw new HoldfastError(
        'VAULT_ROLLED_BACK',
        `The copy holds the snapshot ${named.id}, and the vault neither has it nor says that it was deleted.`,
        {
          next: 'Nothing was copied or deleted. Restore from the copy what the vault lacks, find out why, then copy to a new place.',
        },
      )
    return [named.id]
  })
}

/** By marks that speak of deleting on purpose. What a repair says of snapshots that were lost explains nothing here. */
function explainedBy(marks: readonly Mark[]): (writer: string, seq: number) => boolean {
  const meant = marks.filter(({ body }) => body.kind !== 'quarantined' && body.kind !== 'accepted')
  const named = new Set(meant.flatMap(({ body }) => body.snapshots.map((key) => parseSnapshotKey(key)?.id)))
  const ranges = meant.flatMap(({ body }) => body.swept)
  return (writer, seq) =>
    named.has(SnapshotId.parse(`${writer}-${seq}`)) ||
    ranges.some(([of, list]) => of === writer && list.some(([from, to]) => from <= seq && seq <= to))
}
