import { statfsSync } from 'node:fs'
import { MIB } from '@holdfast/domain'
import { createSourceTree, createTargetTree } from '@holdfast/host'
import { drill } from '@holdfast/vault'
import type { EngineEvent, EngineOrder } from './engine-messages.ts'
import { openOrderedVault } from './engine-vault.ts'
import { labelSources } from './source-labels.ts'

/** Left free on the disk of the scratch folder. */
const MARGIN_BYTES = 64 * MIB
const MISMATCHES_TOLD = 100

/** Restores a sample of a plan's snapshot into a scratch folder, compares it and measures how fast that went. */
export async function* drillPlan(
  order: Extract<EngineOrder, { kind: 'drill' }>,
  signal: AbortSignal,
): AsyncGenerator<EngineEvent> {
  const { vault, env } = await openOrderedVault(order.access, signal)
  const { bavail, bsize } = statfsSync(order.scratchDir)
  const request = {
    ...{ snapshot: order.snapshot, sample: order.sample, sources: labelSources(order.sources) },
    roomBytes: Math.max(0, bavail * bsize - MARGIN_BYTES),
  }
  const target = createTargetTree(order.scratchDir)
  for await (const event of drill(vault, request, { ...env, source: createSourceTree(), target })) {
    if (event.type === 'progress') {
      const { filesDone, filesTotal, bytesDone, bytesTotal } = event
      yield { type: 'restore-progress', progress: { filesDone, filesTotal, bytesDone, bytesTotal } }
      continue
    }
    const { files, bytes, mismatches, snapshot, everythingMs, bytesPerSecond } = event.summary
    yield {
      type: 'drilled',
      proof: {
        ...{ kind: 'drill', at: new Date(env.clock.nowMs()), files, bytes, mismatches: mismatches.length },
        ...{ snapshot, everythingMs, bytesPerSecond },
      },
      mismatched: mismatches.slice(0, MISMATCHES_TOLD),
    }
  }
}
