import { assertNever } from '@holdfast/domain'
import { createTargetTree } from '@holdfast/host'
import { restore, textToPath } from '@holdfast/vault'
import type { EngineEvent, EngineOrder } from './engine-messages.ts'
import { openOrderedVault } from './engine-vault.ts'

type RestoreOrder = Extract<EngineOrder, { kind: 'restore' }>

/** Restores paths of a snapshot into a folder; files that are there already are kept beside. */
export async function* restoreFiles(order: RestoreOrder, signal: AbortSignal): AsyncGenerator<EngineEvent> {
  const { vault, env } = await openOrderedVault(order.access, signal)
  const request = {
    snapshot: order.snapshot,
    paths: order.paths.map(textToPath),
    conflict: 'keep-both',
    owners: order.owners,
    dryRun: false,
  } as const
  for await (const event of restore(vault, request, { ...env, target: createTargetTree(order.targetDir) })) {
    switch (event.type) {
      case 'progress': {
        const { filesDone, filesTotal, bytesDone, bytesTotal } = event
        yield { type: 'restore-progress', progress: { filesDone, filesTotal, bytesDone, bytesTotal } }
        break
      }
      case 'skipped':
      case 'log':
        yield event
        break
      case 'finished':
        yield { type: 'restored', summary: { ...event.summary, skipped: [...event.summary.skipped] } }
        break
      default:
        assertNever(event)
    }
  }
}
