import { assertNever, type BackupSummary, HoldfastError, type Proof, toHoldfastError } from '@holdfast/domain'
import { createSourceTree, createTargetTree } from '@holdfast/host'
import {
  type BackupRequest,
  backup,
  type EngineEnv,
  type OpenedVault,
  proveRestorable,
} from '@holdfast/vault'
import type { EngineEvent, EngineOrder, Failure } from './engine-messages.ts'
import { pruneAfter } from './engine-prune.ts'
import { openOrderedVault } from './engine-vault.ts'
import { labelSources } from './source-labels.ts'

const PROVEN_FILES = 3

type BackupOrder = Extract<EngineOrder, { kind: 'backup' }>

/** Backs a plan up and, where the plan has no proof yet, restores a few files and compares them. */
export async function* backUp(order: BackupOrder, signal: AbortSignal): AsyncGenerator<EngineEvent> {
  yield { type: 'log', level: 'info', text: `Opening the vault ${order.plan.vault.name}.` }
  const { vault, env } = await openOrderedVault(order.access, signal)
  const source = createSourceTree()
  const sources = labelSources(order.plan.sources)
  const request: BackupRequest = {
    writer: order.writer,
    installation: order.installation,
    machine: order.machine,
    plan: order.plan.id,
    tag: null,
    lastSeenSeq: order.lastSeenSeq,
    auditHead: order.auditHead,
    sources,
    dryRun: false,
    count: true,
    brake: true,
  }
  let summary: BackupSummary | undefined
  for await (const event of backup(vault, request, { ...env, source })) {
    switch (event.type) {
      case 'progress':
      case 'skipped':
      case 'log':
        yield event
        break
      case 'finished':
        summary = event.summary
        break
      default:
        assertNever(event)
    }
  }
  if (summary === undefined) throw new Error('the backup ended without a summary')
  const proven =
    order.proofDir === null
      ? undefined
      : await prove(vault, summary, sources, order.proofDir, { ...env, source })
  const pruned = yield* pruneAfter(order, vault, env)
  yield {
    type: 'backed-up',
    ...{ summary, pruned },
    proof: proven !== undefined && 'files' in proven ? proven : null,
    proofFailure: proven !== undefined && 'code' in proven ? proven : null,
  }
}

/** A proof that can't be made never takes back the snapshot that was made: it is a value here. */
async function prove(
  vault: OpenedVault,
  summary: BackupSummary,
  sources: BackupRequest['sources'],
  proofDir: string,
  env: EngineEnv & { source: ReturnType<typeof createSourceTree> },
): Promise<Proof | Failure> {
  try {
    const request = { snapshot: summary.snapshot, files: PROVEN_FILES, sources }
    const proof = await proveRestorable(vault, request, { ...env, target: createTargetTree(proofDir) })
    // Nothing restored proves nothing, unless there is nothing.
    if (proof.files === 0 && summary.files > 0)
      throw new HoldfastError('OBJECT_MISSING', 'No file was found that suits a proof.', {
        next: 'The next run tries again.',
      })
    return proof
  } catch (error) {
    if (env.signal?.aborted) throw error
    const { code, message, next } = toHoldfastError(error)
    return { code, message, next }
  }
}
