import { createServer } from 'node:net'
import { isHoldfastError, SECOND_MS, toHoldfastError, type VaultPlace } from '@holdfast/domain'
import { callAgent } from '../agent/agent-client.ts'
import type { Settings } from '../settings.ts'
import { type Finding, ok, problem, warning } from './finding.ts'

/** What the agent says of itself and of the plans; without one, whether it could start. */
export type AgentLook = {
  readonly answers: boolean
  readonly findings: readonly Finding[]
  readonly vaults: readonly { readonly name: string; readonly place: VaultPlace }[]
}

const ANSWER_MS = 10 * SECOND_MS

export async function checkAgent(settings: Settings): Promise<AgentLook> {
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions()
  const signal = AbortSignal.any([settings.signal, AbortSignal.timeout(ANSWER_MS)])
  try {
    const home = await callAgent(settings, (agent) => agent.home.query({ timeZone }, { signal }))
    const plans = home.plans.map(({ plan, protection: { state, code, sentence } }): Finding => {
      const check = `plan-${plan.name}`
      if (plan.paused) return warning(check, `${plan.name} is paused.`, `holdfast plan resume ${plan.name}`)
      if (state === 'protected') return ok(check, sentence)
      const next = NEXT[code] ?? `See what its last run says: holdfast runs --plan ${plan.name}`
      return state === 'failing' ? problem(check, sentence, next) : warning(check, sentence, next)
    })
    return {
      answers: true,
      findings: [
        ok('agent', `The agent ${home.agentVersion} answers.`),
        ...home.notices.map(({ code, sentence, next }) => warning(code.toLowerCase(), sentence, next)),
        ...(plans.length === 0
          ? [
              warning(
                'plans',
                'Nothing is backed up yet.',
                'Make a plan on the screens, or with `holdfast plan add`.',
              ),
            ]
          : plans),
      ],
      vaults: home.plans.map(({ plan: { vault } }) => ({ name: vault.name, place: vault.place })),
    }
  } catch (error) {
    settings.signal.throwIfAborted()
    const port = Number(settings.userVariables.HOLDFAST_PORT ?? 8421)
    const { message } = toHoldfastError(error)
    const none = isHoldfastError(error, 'AGENT_UNREACHABLE') && message.startsWith('No agent runs')
    const agent = none
      ? warning(
          'agent',
          'No agent runs: nothing is backed up by itself.',
          'Start it: npm start. With this machine from now on: holdfast service install.',
        )
      : problem('agent', message, 'Restart it. If this stays, look at its log.')
    return { answers: false, findings: [agent, await portFinding(port)], vaults: [] }
  }
}

const NEXT: Readonly<Record<string, string>> = {
  'no-service': 'holdfast service install',
  'kit-missing': 'holdfast kit save',
  'kit-outdated': 'holdfast kit save',
  'nearly-full': 'Make room there, or keep fewer snapshots.',
  'never-ran': 'holdfast run',
}

async function portFinding(port: number): Promise<Finding> {
  const { promise, resolve } = Promise.withResolvers<Finding>()
  const server = createServer()
  server.once('error', (error) => {
    const code = 'code' in error ? error.code : undefined
    resolve(
      problem(
        'port',
        code === 'EADDRINUSE' ? `Another program listens on port ${port}.` : `Port ${port} can't be used.`,
        'Close that program, or set HOLDFAST_PORT to another one.',
      ),
    )
  })
  server.listen({ port, host: '127.0.0.1', exclusive: true }, () =>
    server.close(() => resolve(ok('port', `Port ${port} is free for the agent.`))),
  )
  return await promise
}
