import { formatBytes, Run } from '@holdfast/domain'
import { callAgent } from '../agent/agent-client.ts'
import { findPlan } from '../agent/find-plan.ts'
import { runState } from '../agent/run-text.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { localTime } from '../local-time.ts'
import type { Call } from '../program.ts'
import { tableOf } from '../table.ts'

/** `holdfast runs [--plan PLAN] [--limit N]`: newest first. */
export async function runs(
  { settings, output }: Call,
  options: { plan?: string; limit: number },
): Promise<ExitCode> {
  const { signal } = settings
  const limit = Math.min(options.limit, 200)
  const answer = await callAgent(settings, async (agent) => {
    if (options.plan === undefined) return await agent.run.list.query({ limit }, { signal })
    const { id: planId } = await findPlan(agent, options.plan, signal)
    return await agent.run.list.query({ planId, limit }, { signal })
  })
  const rows = Run.array()
    .parse(answer)
    .map((run) => [
      run.id,
      localTime(run.queuedAt),
      run.trigger,
      runState(run),
      run.state === 'finished' && run.summary !== null ? formatBytes(run.summary.bytesStored) : '',
      run.state === 'finished' && run.reason !== null ? run.reason.message : '',
    ])
  const header = ['run', 'time', 'started by', 'outcome', 'stored', 'why']
  output.answer(answer, rows.length === 0 ? ['Nothing ran yet.'] : tableOf(header, rows, [4]))
  return EXIT.ok
}
