import { assertNever } from '@holdfast/domain'
import { createPlacedTree, createTargetTree } from '@holdfast/host'
import { type RestoreEvent, type RewindEvent, restore, rewind, textToPath } from '@holdfast/vault'
import type { EngineEvent, EngineOrder } from './engine-messages.ts'
import { openOrderedVault } from './engine-vault.ts'
import { labelSources } from './source-labels.ts'

type OrderOf<Kind extends EngineOrder['kind']> = Extract<EngineOrder, { kind: Kind }>

/** Restores paths of a snapshot into a folder. */
export async function* restoreFiles(
  order: OrderOf<'restore'>,
  signal: AbortSignal,
): AsyncGenerator<EngineEvent> {
  const { vault, env } = await openOrderedVault(order.access, signal)
  const { snapshot, conflict, owners } = order
  const request = { snapshot, paths: order.paths.map(textToPath), conflict, owners, dryRun: false }
  const target =
    order.places === null
      ? createTargetTree(order.targetDir)
      : createPlacedTree(
          order.places.map(({ label, path }) => ({ label: textToPath(label), path: Buffer.from(path) })),
        )
  yield* told(restore(vault, request, { ...env, target }))
}

/** Makes a plan's sources what they were. Where they lie is the plan's word, never the vault's. */
export async function* rewindSources(
  order: OrderOf<'rewind'>,
  signal: AbortSignal,
): AsyncGenerator<EngineEvent> {
  const { vault, env } = await openOrderedVault(order.access, signal)
  const { snapshot, now, owners, aside } = order
  const target = createPlacedTree(labelSources(order.sources), aside === null ? {} : { asideName: aside })
  yield* told(rewind(vault, { snapshot, now, owners }, { ...env, target }))
}

/** An answer with more is not taken by everybody who shows it. */
const SKIPS_TOLD = 1000

async function* told(events: AsyncIterable<RestoreEvent | RewindEvent>): AsyncGenerator<EngineEvent> {
  for await (const event of events) {
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
      case 'finished': {
        const { skipped, ...summary } = event.summary
        const few = { skipped: skipped.slice(0, SKIPS_TOLD), skippedTotal: skipped.length }
        yield { type: 'restored', summary: { unchanged: 0, removed: 0, removedBytes: 0, ...summary, ...few } }
        break
      }
      default:
        assertNever(event)
    }
  }
}
