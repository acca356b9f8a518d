import { HoldfastError, LogLine, Run, RunId } from '@holdfast/domain'
import { type AgentClient, callAgent } from '../agent/agent-client.ts'
import { endLines, progressText, runState } from '../agent/run-text.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { localTime } from '../local-time.ts'
import type { Call } from '../program.ts'

/** `holdfast ops [RUN]`: what runs now; of one run also its log. */
export async function ops({ settings, output }: Call, id: string | undefined): Promise<ExitCode> {
  return await callAgent(settings, async (agent) => {
    if (id !== undefined) return await one(agent, parseRunId(id), { settings, output })
    const list = Run.array().parse(await agent.run.list.query({ limit: 50 }, { signal: settings.signal }))
    const busy = list.filter(({ state }) => state !== 'finished')
    output.answer(busy, busy.length === 0 ? ['Nothing runs now.'] : busy.map(lineOf))
    return EXIT.ok
  })
}

/** RUN_UNKNOWN for what can't be the id of a run. */
export function parseRunId(text: string): RunId {
  const parsed = RunId.safeParse(text)
  if (parsed.success) return parsed.data
  throw new HoldfastError('RUN_UNKNOWN', `There is no run "${text}".`)
}

async function one(agent: AgentClient, id: RunId, { settings, output }: Call): Promise<ExitCode> {
  const { signal } = settings
  const run = Run.parse(await agent.run.get.query({ id }, { signal }))
  const log = LogLine.array().parse(await agent.run.log.query({ id, limit: 500 }, { signal }))
  const lines = log.map(({ at, level, text }) => `${localTime(at)} ${level.padEnd(5)} ${text}`)
  output.answer({ run, log }, [...lines, ...(run.state === 'finished' ? endLines(run) : [lineOf(run)])])
  return EXIT.ok
}

function lineOf(run: Run): string {
  return `${run.id}  ${run.state === 'running' ? progressText(run.progress) : runState(run)}`
}
