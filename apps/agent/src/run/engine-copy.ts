import { join } from 'node:path'
import { assertNever } from '@holdfast/domain'
import { connectRclone, createRcloneCarrier } from '@holdfast/rclone'
import { type CopySummary, copyVault } from '@holdfast/vault'
import { openDoors } from '../vaults/vault-doors.ts'
import type { CopiedSummary, EngineEvent, EngineOrder } from './engine-messages.ts'
import { openOrderedVault } from './engine-vault.ts'

type CopyOrder = Extract<EngineOrder, { kind: 'copy' }>

const NAMES_SAID = 20

/** Brings a second copy of a vault up to date. */
export async function* copyToPlace(order: CopyOrder, signal: AbortSignal): AsyncGenerator<EngineEvent> {
  const { access, copy, known } = order
  const { vault, env } = await openOrderedVault(access, signal)
  const client = connectRclone(access.rclone)
  const doors = await openDoors({
    ...{ client, outerFs: copy.to.outer, innerFs: copy.copyInnerFs },
    ...{ spoolDir: join(access.spoolDir, 'copy'), group: access.group },
  })
  const bothFolders = copy.from.outer.startsWith('/') && copy.to.outer.startsWith('/')
  const carrier = createRcloneCarrier(client, {
    ...{ from: copy.from, to: copy.to, group: access.group },
    crypt: vault.encrypted ? access.innerFs : undefined,
    checksums: bothFolders ? 'skip' : 'compare',
  })
  const place = { outer: doors.outer, store: await doors.openInner(undefined) }
  const request = { dryRun: false, check: order.check, allowLarge: false, known }
  for await (const event of copyVault(vault, place, request, { ...env, carrier })) {
    switch (event.type) {
      case 'progress': {
        const { type: _, ...progress } = event
        yield { type: 'copy-progress', progress }
        break
      }
      case 'log':
        yield event
        break
      case 'finished':
        yield { type: 'copied', summary: inShort(event.summary) }
        break
      default:
        assertNever(event)
    }
  }
}

function inShort({ ok, copied, deleted, snapshots, bytes, ...summary }: CopySummary): CopiedSummary {
  return {
    ...{ ok, copied, deleted, snapshots, bytes },
    mended: summary.mended.length,
    differing: summary.differing.slice(0, NAMES_SAID).map(({ key }) => key),
    lost: summary.lost.length,
    heldBack: summary.heldBack?.message ?? null,
    damaged: (summary.check?.damaged ?? []).slice(0, NAMES_SAID).map(({ object }) => object),
    checked: summary.check !== null,
    writers: [...summary.writers],
  }
}
