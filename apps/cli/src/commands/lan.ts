import { type AgentClient, callAgent } from '../agent/agent-client.ts'
import { requireThisMachine } from '../agent/this-machine.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import type { Call } from '../program.ts'

/** `holdfast lan`: whether other devices on the network reach the agent, and where. */
export async function lanShow({ settings, output }: Call): Promise<ExitCode> {
  const status = await callAgent(settings, (agent) =>
    agent.lan.get.query(undefined, { signal: settings.signal }),
  )
  output.answer(status, linesOf(status))
  return EXIT.ok
}

/** `holdfast lan on`. */
export async function lanOn(call: Call): Promise<ExitCode> {
  return await set(call, true)
}

/** `holdfast lan off`. */
export async function lanOff(call: Call): Promise<ExitCode> {
  return await set(call, false)
}

async function set({ settings, output }: Call, on: boolean): Promise<ExitCode> {
  requireThisMachine(settings, 'The network is served or not')
  const status = await callAgent(settings, (agent) =>
    agent.lan.set.mutate({ on }, { signal: settings.signal }),
  )
  output.answer(status, linesOf(status))
  return EXIT.ok
}

type LanStatus = Awaited<ReturnType<AgentClient['lan']['get']['query']>>

function linesOf({ on, serving }: LanStatus): string[] {
  if (!on) return ['Only this machine reaches Holdfast. `holdfast lan on` serves your network.']
  if (serving === null) return ['It is on, but the network is not served: the agent’s log says why.']
  if (serving.onboarding === null) return [`On your network: ${serving.origin}`]
  return [
    `On your network: ${serving.origin}`,
    `A new device first opens ${serving.onboarding} to trust the certificate with this fingerprint:`,
    serving.fingerprint ?? '',
  ]
}
