import { HoldfastError } from '@holdfast/domain'
import type { PackRow } from '../index/index-format.ts'
import type { PieceIndex } from '../index/piece-index.ts'
import type { RunCounts } from '../run-tally.ts'
import { fromBytePath } from '../scan/path-order.ts'
import { pathToText } from '../scan/path-text.ts'
import type { OpenedVault } from '../vault/open-vault.ts'
import type { Begun } from './commit-snapshot.ts'
import type { Leaf, Snapshot, SnapshotBody } from './snapshot-format.ts'
import type { StoredLeaf } from './stored-manifest.ts'

/** What a snapshot says of its run. */
export function bodyOf(
  vault: OpenedVault,
  { request, startedMs, scanStartedNs, env }: Begun,
  commit: {
    readonly kind: 'run' | 'checkpoint'
    readonly epoch: number
    readonly counts: RunCounts
    readonly suspect: boolean
    readonly seq: number
    readonly previous: string | null
    readonly rows: readonly PackRow[]
    readonly packs: string[]
    readonly leaves: Leaf[]
  },
): SnapshotBody {
  const { counts } = commit
  return {
    format: 'holdfast-snapshot',
    version: 1,
    vault: vault.id,
    writer: request.writer,
    installation: request.installation,
    epoch: commit.epoch,
    seq: commit.seq,
    previous: commit.previous,
    auditHead: request.auditHead ?? null,
    kind: commit.kind,
    outcome: commit.kind === 'checkpoint' ? 'incomplete' : counts.outcome,
    suspect: commit.suspect,
    machine: request.machine,
    plan: request.plan,
    tag: request.tag,
    started: new Date(startedMs).toISOString(),
    finished: new Date(env.clock.nowMs()).toISOString(),
    scanStartedNs: String(scanStartedNs),
    labels: request.sources.map(({ label, path }) => ({ label: pathToText(label), path: pathToText(path) })),
    files: counts.files,
    dirs: counts.dirs,
    bytes: counts.bytes,
    bytesRead: counts.bytesRead,
    bytesStored: counts.bytesStored,
    skipped: counts.filesSkipped,
    packs: commit.packs,
    leaves: commit.leaves,
    index: [...commit.rows],
  }
}

/** The leaf table with where each leaf lies now: reused ones keep the hint of the snapshot they come from. */
export function leafTable(
  leaves: readonly StoredLeaf[],
  base: Snapshot | undefined,
  index: PieceIndex | undefined,
): { packs: string[]; leaves: Leaf[] } {
  const packs: string[] = []
  const numbers = new Map<string, number>()
  const numberOf = (pack: string): number => {
    const number = numbers.get(pack) ?? packs.length
    if (number === packs.length) packs.push(pack)
    numbers.set(pack, number)
    return number
  }
  const table = leaves.map((leaf): Leaf => {
    if (leaf.kind === 'reused') {
      const old = base?.body.leaves[leaf.leaf]
      const pack = old === undefined ? undefined : base?.body.packs[old[4]]
      if (old === undefined || pack === undefined)
        throw new HoldfastError('INTERNAL', 'A reused leaf is not there.')
      return [old[0], old[1], old[2], old[3], numberOf(pack), old[5], old[6], old[7], old[8], old[9]]
    }
    const spot = index?.findHex(leaf.id)
    const row = spot === undefined ? undefined : index?.packs[spot.pack]
    const frame = spot === undefined ? undefined : row?.frames[spot.frame]
    if (spot === undefined || row === undefined || frame === undefined)
      throw new HoldfastError('INTERNAL', 'A leaf was not stored.')
    const [first, last] = [leaf.first, leaf.last].map((path) =>
      Buffer.from(fromBytePath(path)).toString('base64'),
    )
    const at = numberOf(row.pack)
    return [first as string, last as string, leaf.id, leaf.lines, at, ...frame, spot.inner, spot.length]
  })
  return { packs, leaves: table }
}
