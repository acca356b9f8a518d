import { askHidden, askShown } from '../ask.ts'
import type { AgentClient } from './agent-client.ts'

/**
 * Asks at the terminal for this computer's PIN there, or, where it has none, for a code of the machine; false without a
 * terminal. CANCELLED, and what the agent says of a wrong one.
 */
export async function confirmAtTerminal(agent: AgentClient, signal: AbortSignal): Promise<boolean> {
  if (!process.stdin.isTTY) return false
  const { hasPin } = await agent.device.stepUp.query(undefined, { signal })
  if (hasPin) {
    const pin = await askHidden('PIN of this computer there: ', signal)
    await agent.device.confirm.mutate({ by: 'pin', pin }, { signal })
  } else {
    const code = await askShown('Code that `holdfast device confirm` shows on that machine: ', signal)
    await agent.device.confirm.mutate({ by: 'code', code }, { signal })
  }
  return true
}
