import { setTimeout as wait } from 'node:timers/promises'
import { formatBytes } from '@holdfast/domain'
import type { AgentClient } from './agent/agent-client.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import type { Output } from './output.ts'
import type { RestoredStage } from './recover-text.ts'

const LOOK_MS = 300

/** Follows what the agent brings back to its end: exit 1 when a stage failed, 3 when something was left out. */
export async function followRestores(
  agent: AgentClient,
  { output, signal }: { output: Output; signal: AbortSignal },
): Promise<{ restored: RestoredStage[]; exit: ExitCode }> {
  for (;;) {
    const { restoring, restores } = await agent.recover.state.query()
    if (!restoring) return ended(restores.map(stageOf))
    const now = restores.findLast(({ restore }) => restore !== null)
    if (now?.restore != null) {
      const { filesDone, bytesDone } = now.restore
      const event = { type: 'progress', plan: now.planId, stage: now.stage, filesDone, bytesDone }
      output.progress(event, `${now.stage}: ${filesDone} files, ${formatBytes(bytesDone)}`)
      if (signal.aborted) await agent.restore.cancel.mutate({ id: now.restore.id }).catch(() => undefined)
    }
    await wait(LOOK_MS)
  }
}

type State = Awaited<ReturnType<AgentClient['recover']['state']['query']>>

function stageOf({ planId, stage, restore }: State['restores'][number]): RestoredStage {
  if (restore === null)
    return { plan: planId, stage, state: 'not begun', files: 0, bytes: 0, skipped: 0, problem: null }
  const { state, filesDone, bytesDone, skippedTotal, error } = restore
  return {
    ...{ plan: planId, stage, state, files: filesDone, bytes: bytesDone, skipped: skippedTotal },
    problem: error === null ? null : `${error.message} ${error.next}`,
  }
}

function ended(restored: RestoredStage[]): { restored: RestoredStage[]; exit: ExitCode } {
  if (restored.some(({ state }) => state !== 'done')) return { restored, exit: EXIT.failed }
  return { restored, exit: restored.some(({ skipped }) => skipped > 0) ? EXIT.incomplete : EXIT.ok }
}
