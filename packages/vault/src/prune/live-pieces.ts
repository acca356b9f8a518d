import { HoldfastError } from '@holdfast/domain'
import type { PruneEnv } from '../prune.ts'
import { breathe } from '../scan/breathe.ts'
import type { LeafReader } from '../snapshot/leaf.ts'
import { neededPieces } from '../snapshot/needed-pieces.ts'
import type { Snapshot } from '../snapshot/snapshot-format.ts'
import type { VaultState } from './read-vault-state.ts'

/** What the kept snapshots need. A piece that lies in several packs counts where the index finds it. */
export type Liveness = {
  /** Stored bytes of a pack's live pieces, a share of their frames. */
  bytesOf(pack: string): number
  /** True when an index object or a snapshot names the pack. */
  isNamed(pack: string): boolean
  /** True when the piece is live and the index finds it in this pack. */
  isLiveIn(pack: string, id: string): boolean
}

/**
 * Walks the manifests of the kept snapshots, each leaf once, and marks what they need: one bit a piece. VAULT_DAMAGED
 * when something needed is not there, unless a repair has said so before.
 */
export async function livePieces(parts: {
  state: VaultState
  kept: readonly Snapshot[]
  reader: LeafReader
  env: PruneEnv
}): Promise<Liveness> {
  const { state, env } = parts
  const { index, adopted, broken } = state.loaded
  const unnamed = new Set(adopted.map((row) => row.pack))
  const { quarantined } = state.history.marks
  const live = new Uint8Array(index.size)
  const bytes = new Map<string, number>()

  function need(id: string): void {
    const handle = index.find(Buffer.from(id, 'hex'), 0)
    const spot = handle === -1 ? undefined : index.spot(handle)
    const row = spot === undefined ? undefined : index.packs[spot.pack]
    if (spot === undefined || row === undefined || state.packs.get(row.pack)?.size !== row.size) {
      if (quarantined.size > 0) return
      throw new HoldfastError(
        'VAULT_DAMAGED',
        `${row === undefined ? `The piece ${id.slice(0, 12)}… is in no pack` : `The pack ${row.pack} is missing or cut short`}: nothing is deleted from a vault that is not whole.`,
      )
    }
    if (broken.length > 0 && unnamed.has(row.pack))
      throw new HoldfastError(
        'VAULT_DAMAGED',
        `An index object is damaged (${broken[0]?.key}), and no other names ${row.pack}: nothing is deleted from a vault that is not whole.`,
        { next: 'Run `holdfast repair` first.' },
      )
    if (live[handle] === 1) return
    live[handle] = 1
    const [, length, rawLength] = row.frames[spot.frame] ?? [0, 0, 1]
    const share = (length * spot.length) / Math.max(1, rawLength)
    bytes.set(row.pack, (bytes.get(row.pack) ?? 0) + share)
  }

  const seen = new Set<string>()
  for (const [done, snapshot] of parts.kept.entries()) {
    env.emit({ type: 'progress', phase: 'reading', done, total: parts.kept.length })
    for (const leaf of snapshot.body.leaves) {
      if (seen.has(leaf[2])) continue
      seen.add(leaf[2])
      need(leaf[2])
      await breathe(env.signal)
      for (const line of (await parts.reader.read(snapshot, leaf)).split('\n')) {
        const ids = neededPieces(line, parts.reader)
        for (const id of ids instanceof Promise ? await ids : ids) need(id)
      }
    }
  }
  const named = new Set(index.packs.map((row) => row.pack).filter((key) => !unnamed.has(key)))
  return {
    bytesOf: (pack) => bytes.get(pack) ?? 0,
    isNamed: (pack) => named.has(pack),
    isLiveIn(pack, id) {
      const handle = index.find(Buffer.from(id, 'hex'), 0)
      const spot = handle === -1 ? undefined : index.spot(handle)
      return spot !== undefined && live[handle] === 1 && index.packs[spot.pack]?.pack === pack
    },
  }
}
