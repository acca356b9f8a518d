import { type RootCommand, script } from '@bomb.sh/tab'
import tab from '@bomb.sh/tab/commander'
import type { Command } from 'commander'
import { callAgent } from '../agent/agent-client.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import type { Settings } from '../settings.ts'

const NAME = 'holdfast'
/** Who pressed the tab key waits for it. */
const ASK_AT_MOST_MS = 1500

/** `holdfast completion bash|zsh|fish`: the script that a shell reads at its start. */
export async function completion(shell: string): Promise<ExitCode> {
  script(shell, NAME, NAME)
  return EXIT.ok
}

/** `holdfast complete -- WORD…`: what that script asks at each tab. `program` is read, and gets commands of its own. */
export async function complete(
  settings: Settings,
  program: Command,
  words: readonly string[],
): Promise<ExitCode> {
  const root = tab(program, { completionCommandName: 'completion' })
  const [first = ''] = words
  if (['run', 'plan', 'hook'].includes(first)) offerPlans(root, await planNames(settings))
  root.parse([...words])
  return EXIT.ok
}

function offerPlans(root: RootCommand, names: readonly string[]): void {
  for (const command of root.commands.values()) {
    const plan = command.arguments.get('plan')
    if (plan === undefined) continue
    plan.handler = (offer) => {
      for (const name of names) offer(name, 'a plan')
    }
  }
}

/** Of the plans whose names a shell takes as one word. None when no agent answers: a tab is no place for an error. */
async function planNames(settings: Settings): Promise<string[]> {
  try {
    const signal = AbortSignal.timeout(ASK_AT_MOST_MS)
    const plans = await callAgent(settings, (agent) => agent.plan.list.query(undefined, { signal }))
    return plans.map(({ name }) => name).filter((name) => /^[\p{L}\p{N}_.-]+$/u.test(name))
  } catch {
    return [] // nothing to offer
  }
}
