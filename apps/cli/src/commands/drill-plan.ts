import { setTimeout as wait } from 'node:timers/promises'
import { formatBytes, formatDuration, HoldfastError, Proof } from '@holdfast/domain'
import { callAgent } from '../agent/agent-client.ts'
import { findPlan } from '../agent/find-plan.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import type { Call } from '../program.ts'

const LOOK_EVERY_MS = 300

/** `holdfast drill --plan PLAN`: the agent's own drill; the proof counts for the plan's protection. */
export async function drillPlan({ settings, output }: Call, name: string): Promise<ExitCode> {
  const { signal } = settings
  return await callAgent(settings, async (agent) => {
    const { id: planId } = await findPlan(agent, name, signal)
    let drill = await agent.drill.start.mutate({ planId }, { signal })
    while (drill.state === 'running') {
      const of = drill.filesTotal === null ? '' : ` of ${drill.filesTotal}`
      output.progress({ type: 'progress', ...drill }, `drill: ${drill.filesDone}${of} files`)
      await wait(LOOK_EVERY_MS, undefined, { signal })
      drill = (await agent.drill.get.query({ planId }, { signal })) ?? drill
    }
    if (drill.error !== null)
      throw new HoldfastError('INTERNAL', drill.error.message, { next: drill.error.next })
    const proof = Proof.parse(drill.proof)
    const verdict =
      proof.mismatches === 0
        ? `${proof.snapshot} is proven restorable.`
        : `${proof.mismatches} files did not come back as they were.`
    output.answer({ ...proof, mismatched: drill.mismatched }, [
      output.bold(verdict),
      `  ${proof.files} files, ${formatBytes(proof.bytes)} restored and compared`,
      `  At this rate everything takes ${formatDuration(proof.everythingMs ?? 0)}.`,
      ...drill.mismatched.map(({ path, reason }) => `  ${path}: ${reason}`),
    ])
    return proof.mismatches === 0 ? EXIT.ok : EXIT.failed
  })
}
