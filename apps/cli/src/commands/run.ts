import { setTimeout as wait } from 'node:timers/promises'
import { Run, type RunId } from '@holdfast/domain'
import { type AgentClient, callAgent } from '../agent/agent-client.ts'
import { findPlan } from '../agent/find-plan.ts'
import { endLines, progressText } from '../agent/run-text.ts'
import { EXIT, type ExitCode, exitCodeOfOutcome } from '../exit-codes.ts'
import type { Output } from '../output.ts'
import type { Call } from '../program.ts'

const LOOK_EVERY_MS = 500

/**
 * `holdfast run PLAN [--follow]`: starts the plan. Following shows the run to its end and answers with its exit code;
 * ending the follower with Ctrl-C leaves the run going.
 */
export async function run(
  { settings, output }: Call,
  plan: string,
  options: { follow?: boolean },
): Promise<ExitCode> {
  const { signal } = settings
  return await callAgent(settings, async (agent) => {
    const { id: planId } = await findPlan(agent, plan, signal)
    const started = Run.parse(await agent.run.start.mutate({ planId }, { signal }))
    if (options.follow !== true) {
      output.answer(started, [`Started run ${started.id}. \`holdfast ops ${started.id}\` shows it.`])
      return EXIT.ok
    }
    const ended = await follow(agent, started.id, { output, signal })
    output.answer(ended, endLines(ended))
    return exitCodeOfOutcome(ended.outcome)
  })
}

async function follow(
  agent: AgentClient,
  id: RunId,
  { output, signal }: { output: Output; signal: AbortSignal },
): Promise<Extract<Run, { state: 'finished' }>> {
  for (;;) {
    const now = Run.parse(await agent.run.get.query({ id }, { signal }))
    if (now.state === 'finished') return now
    if (now.state === 'running')
      output.progress({ type: 'progress', ...now.progress }, progressText(now.progress))
    await wait(LOOK_EVERY_MS, undefined, { signal })
  }
}
