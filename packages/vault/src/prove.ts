import { MIB, type Proof, type SnapshotId } from '@holdfast/domain'
import { chooseSample } from './drill/choose-sample.ts'
import type { LabelledSource } from './drill/compare-restored.ts'
import { restoreAndCompare } from './drill/restore-and-compare.ts'
import type { SourceTree, TargetTree } from './ports.ts'
import { fromBytePath } from './scan/path-order.ts'
import { pathToText } from './scan/path-text.ts'
import { createLeafReader } from './snapshot/leaf.ts'
import { findSnapshot } from './snapshot/read-snapshots.ts'
import type { EngineEnv } from './vault/create-vault.ts'
import type { OpenedVault } from './vault/open-vault.ts'

/** Biggest file that is taken, unless there are only bigger ones. */
const MAX_FILE_BYTES = 64 * MIB
/** Files that a proof names. */
const EXAMPLES = 3

/**
 * Proves that a snapshot can be restored: a few files, chosen by chance, are really restored into `target` (an empty
 * scratch folder, which the caller removes) and compared byte for byte with the live files that have not changed
 * since; of the others the recorded hash has been verified by the restore. Bytes come from the vault, not a cache.
 */
export async function proveRestorable(
  vault: OpenedVault,
  request: { snapshot: SnapshotId; files: number; sources: readonly LabelledSource[] },
  env: EngineEnv & { source: SourceTree; target: TargetTree },
): Promise<Proof> {
  const snapshot = await findSnapshot(vault, request.snapshot, env)
  const rules = {
    count: request.files,
    maxFileBytes: MAX_FILE_BYTES,
    maxBytes: request.files * MAX_FILE_BYTES,
  }
  const entries = await chooseSample(createLeafReader(vault, env), snapshot, rules, env.random)
  const work = { snapshot, entries, whole: false, sources: request.sources }
  const { files, bytes, mismatches } = await restoreAndCompare(vault, work, env)
  return {
    kind: 'first-file',
    at: new Date(env.clock.nowMs()),
    ...{ files, bytes, mismatches: mismatches.length },
    examples: entries
      .filter(({ kind }) => kind === 'file')
      .slice(0, EXAMPLES)
      .map(({ path }) => pathToText(fromBytePath(path))),
  }
}
