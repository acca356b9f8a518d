import { DAY_MS, formatBytes, toHoldfastError } from '@holdfast/domain'
import { type EngineEnv, type OpenedVault, type PruneSummary, prune } from '@holdfast/vault'
import type { EngineEvent, EngineOrder } from './engine-messages.ts'

type BackupOrder = Extract<EngineOrder, { kind: 'backup' }>
type LogEvent = Extract<EngineEvent, { type: 'log' }>

const GRACE_MS = 2 * DAY_MS

/**
 * Forgets snapshots of the plan as its rules say, after its run. What can't be pruned is told and takes nothing back:
 * the snapshot that was made stands. Returns whether it was done.
 */
export async function* pruneAfter(
  { plan, writer, installation, prune: order }: BackupOrder,
  vault: OpenedVault,
  env: EngineEnv,
): AsyncGenerator<LogEvent, boolean> {
  if (order === null) return false
  const request = {
    ...{ keep: order.keep, timeZone: order.timeZone, known: order.known, machine: writer, plan: plan.id },
    ...{ installation, graceMs: GRACE_MS, allowLarge: false, takeOver: false, dryRun: false },
  }
  try {
    for await (const event of prune(vault, request, env)) {
      if (event.type === 'log') yield event
      if (event.type === 'finished') yield { type: 'log', level: 'info', text: sentenceOf(event.summary) }
    }
    return true
  } catch (error) {
    if (env.signal?.aborted) throw error
    const { code, message, next } = toHoldfastError(error)
    const level = code === 'PRUNE_ELSEWHERE' ? 'info' : 'warn'
    yield { type: 'log', level, text: `Old snapshots were not pruned: ${message} ${next}` }
    return false
  }
}

function sentenceOf({ kept, forgotten, bytesFreed, bytesWaiting, frozen }: PruneSummary): string {
  if (frozen.length > 0) return 'Nothing was forgotten: the newest snapshot is suspect.'
  const waiting = bytesWaiting === 0 ? '' : `, ${formatBytes(bytesWaiting)} more after the grace`
  return `${forgotten.length} snapshots are forgotten, ${kept.length} stay; ${formatBytes(bytesFreed)} freed${waiting}.`
}
