import { HoldfastError, Plan } from '@holdfast/domain'
import type { AgentClient } from './agent-client.ts'

/** The plan of this name or id. PLAN_UNKNOWN when none has it, INPUT_INVALID when several have the name. */
export async function findPlan(agent: AgentClient, text: string, signal: AbortSignal): Promise<Plan> {
  const plans = Plan.array().parse(await agent.plan.list.query(undefined, { signal }))
  const byId = plans.find(({ id }) => id === text)
  const [first, second] = plans.filter(({ name }) => name === text)
  const found = byId ?? first
  if (found === undefined) throw new HoldfastError('PLAN_UNKNOWN', `There is no plan "${text}".`)
  if (byId === undefined && second !== undefined)
    throw new HoldfastError('INPUT_INVALID', `Several plans are called "${text}".`, {
      next: 'Give the id of one.',
    })
  return found
}
