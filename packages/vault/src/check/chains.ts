import type { WriterId } from '@holdfast/domain'
import type { KnownSeqs } from '../prune/read-vault-state.ts'
import { chainsOf, isLeftover, missingSnapshots } from '../snapshot/chains.ts'
import type { SnapshotHistory } from '../snapshot/read-snapshots.ts'
import { parseSnapshotKey } from '../snapshot/snapshot-format.ts'
import type { Findings } from './findings.ts'

/**
 * Each writer's sequence must have no gap that no mark explains, each snapshot must name one before it in its own
 * chain, and nothing that this home has seen may be gone. Broken objects are damage too, but for what runs left that
 * never came to their end: their keys are answered.
 */
export function checkChains(history: SnapshotHistory, known: KnownSeqs, findings: Findings): string[] {
  const { marks, broken } = history
  const chains = chainsOf(history)
  const leftovers = broken.filter((one) => isLeftover(one, chains))
  for (const { key, reason } of broken)
    if (!leftovers.some((one) => one.key === key)) findings.add(key, 'snapshot', reason)
  for (const { writer, seq } of missingSnapshots(history, chains))
    findings.add(placeOf(writer, seq), 'snapshot', 'it is missing')

  for (const [writer, chain] of chains) {
    const earlier = new Set<string>()
    for (const [i, snapshot] of chain.entries()) {
      const { seq, previous } = snapshot.body
      // One that a repair put again has another hash than the one that its follower saw.
      const isStrange = previous !== null && !earlier.has(previous) && !marks.explains(writer, seq - 1)
      if (chain[i - 1]?.body.seq === seq - 1 && isStrange)
        findings.add(snapshot.key, 'snapshot', 'the snapshot that it follows is not the one that is there')
      earlier.add(snapshot.sha256)
    }
  }

  for (const [writer, seq] of known) {
    const present = (chains.get(writer) ?? []).map(({ body }) => body.seq)
    const damaged = broken.flatMap(({ key }) => {
      const named = parseSnapshotKey(key)
      return named?.writer === writer ? [named.seq] : []
    })
    if (Math.max(marks.highest(writer), ...present, ...damaged) < seq)
      findings.add(
        placeOf(writer, seq),
        'snapshot',
        'this home has seen it, and it is gone: the vault was put back to an older state',
      )
  }
  return leftovers.map(({ key }) => key)
}

function placeOf(writer: WriterId, seq: number): string {
  return `snaps/${writer}/${String(seq).padStart(10, '0')}`
}
