import type { Skipped } from '@holdfast/domain'
import type { SourceTree, TargetTree } from '../ports.ts'
import { type RestoreEvent, restore } from '../restore.ts'
import { breathe } from '../scan/breathe.ts'
import { fromBytePath } from '../scan/path-order.ts'
import { pathToText } from '../scan/path-text.ts'
import type { Entry } from '../snapshot/manifest-line.ts'
import type { Snapshot } from '../snapshot/snapshot-format.ts'
import type { EngineEnv } from '../vault/create-vault.ts'
import type { OpenedVault } from '../vault/open-vault.ts'
import { compareRestored, type LabelledSource } from './compare-restored.ts'

export type TrialEnv = EngineEnv & {
  readonly source?: SourceTree | undefined
  readonly target: TargetTree
  readonly threads?: number
}

export type Trial = {
  readonly files: number
  readonly bytes: number
  /** Files that were compared with an unchanged live one. */
  readonly compared: number
  readonly mismatches: readonly Skipped[]
  /** How long the restore alone took. */
  readonly restoreMs: number
}

/**
 * Really restores entries of a snapshot into the target and compares what came back. An entry that is skipped or does
 * not agree is a mismatch; device nodes, which only root can make, are not. `whole` restores everything there is.
 */
export async function restoreAndCompare(
  vault: OpenedVault,
  trial: {
    readonly snapshot: Snapshot
    readonly entries: readonly Entry[]
    readonly whole: boolean
    readonly sources: readonly LabelledSource[]
  },
  env: TrialEnv,
  onProgress: (event: Extract<RestoreEvent, { type: 'progress' }>) => void = () => {},
): Promise<Trial> {
  const files = trial.entries.filter(({ kind }) => kind === 'file')
  const mismatches = new Map<string, string>()
  const startedMs = env.clock.nowMs()
  if (trial.entries.length > 0) {
    const paths = trial.whole ? [] : trial.entries.map(({ path }) => fromBytePath(path))
    const work = {
      snapshot: trial.snapshot.id,
      paths,
      conflict: 'skip',
      owners: false,
      dryRun: false,
    } as const
    for await (const event of restore(vault, work, env)) {
      if (event.type === 'progress') onProgress(event)
      if (event.type === 'skipped') mismatches.set(event.path, event.reason)
    }
  }
  const restoreMs = env.clock.nowMs() - startedMs
  for (const { path, kind } of trial.entries)
    if (kind === 'char' || kind === 'block') mismatches.delete(textOf(path))

  let compared = 0
  for (const entry of files) {
    const text = textOf(entry.path)
    if (mismatches.has(text)) continue
    if (env.signal !== undefined) await breathe(env.signal)
    const comparison = compareRestored(entry, trial.sources, { source: env.source, target: env.target })
    if (comparison.compared) compared += 1
    if (comparison.problem !== undefined) mismatches.set(text, comparison.problem)
  }
  return {
    files: files.length,
    bytes: files.reduce((sum, { size }) => sum + size, 0),
    compared,
    mismatches: [...mismatches].map(([path, reason]) => ({ path, reason })),
    restoreMs,
  }
}

function textOf(path: string): string {
  return pathToText(fromBytePath(path))
}
