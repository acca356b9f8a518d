import { type FinishedRun, noProgress, Run } from '@holdfast/domain'
import type { Run as RunRow } from './generated/client.ts'
import { readJson, readRow } from './read-row.ts'

/** A stored run. Live counters are not stored: a running one comes with none, the agent has them. */
export function runOf(row: RunRow): Run {
  const { id, planId, trigger, state, queuedAt, startedAt, finishedAt, outcome } = row
  const run = {
    ...{ id, planId, trigger, state, queuedAt, startedAt, finishedAt, outcome },
    progress: noProgress(),
    summary: readJson(row.summaryJson),
    reason: reasonOf(row),
    proof: readJson(row.proofJson),
  }
  return readRow(Run, run, `the run ${id}`)
}

export function finishedRunOf(row: RunRow): FinishedRun {
  const run = runOf(row)
  if (run.state !== 'finished')
    throw new TypeError(`the run ${run.id} was asked for as finished, but is ${run.state}`)
  return run
}

function reasonOf({ reasonCode, reasonMessage, reasonNext }: RunRow) {
  if (reasonCode === null) return null
  return { code: reasonCode, message: reasonMessage ?? '', next: reasonNext ?? '' }
}
