import { formatPlace, Plan, Run } from '@holdfast/domain'
import { z } from 'zod'
import { callAgent } from '../agent/agent-client.ts'
import { progressText } from '../agent/run-text.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { localTime } from '../local-time.ts'
import type { Call } from '../program.ts'
import { tableOf } from '../table.ts'

const Verdict = z.object({ state: z.string(), code: z.string(), sentence: z.string() })
const Home = z.object({
  machine: z.string(),
  agentVersion: z.string(),
  verdict: Verdict,
  notices: z.array(z.object({ code: z.string(), sentence: z.string(), next: z.string() })),
  plans: z.array(
    z.object({
      plan: Plan,
      protection: Verdict,
      nextDueAt: z.coerce.date().optional(),
      waitsFor: z.enum(['ON_BATTERY', 'ON_METERED']).optional(),
      lastSnapshotAt: z.coerce.date().optional(),
      running: Run.optional(),
    }),
  ),
})

/** `holdfast status`: exit 1 while a plan is failing, 0 otherwise. */
export async function status({ settings, output }: Call): Promise<ExitCode> {
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions()
  const answer = await callAgent(settings, (agent) =>
    agent.home.query({ timeZone }, { signal: settings.signal }),
  )
  const home = Home.parse(answer)
  const rows = home.plans.map(({ plan, protection, nextDueAt, waitsFor, lastSnapshotAt, running }) => [
    plan.name,
    protection.state,
    lastSnapshotAt === undefined ? 'never' : localTime(lastSnapshotAt),
    nextDueAt === undefined ? 'by hand' : localTime(nextDueAt),
    formatPlace(plan.vault.place),
    running?.state === 'running' ? progressText(running.progress) : waitText(waitsFor),
  ])
  output.answer(answer, [
    output.bold(home.verdict.sentence),
    ...home.notices.map(({ sentence, next }) => `${sentence} ${next}`),
    ...(rows.length === 0 ? [] : ['', ...tableOf(['plan', 'state', 'last', 'next', 'vault', 'now'], rows)]),
  ])
  return home.verdict.state === 'failing' ? EXIT.failed : EXIT.ok
}

function waitText(waitsFor: 'ON_BATTERY' | 'ON_METERED' | undefined): string {
  if (waitsFor === undefined) return ''
  return waitsFor === 'ON_BATTERY' ? 'waits for mains power' : 'waits for an unmetered connection'
}
