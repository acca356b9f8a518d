import { Run } from '@holdfast/domain'
import { callAgent } from '../agent/agent-client.ts'
import { runState } from '../agent/run-text.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import type { Call } from '../program.ts'
import { parseRunId } from './ops.ts'

/** `holdfast cancel RUN`: answers when engine and transfers have stopped. */
export async function cancel({ settings, output }: Call, id: string): Promise<ExitCode> {
  const runId = parseRunId(id)
  const answer = await callAgent(settings, (agent) =>
    agent.run.cancel.mutate({ id: runId }, { signal: settings.signal }),
  )
  const run = Run.parse(answer)
  output.answer(answer, [`Run ${run.id} has stopped: ${runState(run)}.`])
  return EXIT.ok
}
