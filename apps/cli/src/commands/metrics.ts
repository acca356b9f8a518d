import { callAgent } from '../agent/agent-client.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { localTime } from '../local-time.ts'
import type { Call } from '../program.ts'

/** `holdfast metrics`: whether /metrics answers. */
export async function metricsShow({ settings, output }: Call): Promise<ExitCode> {
  const { since } = await callAgent(settings, (agent) =>
    agent.metrics.status.query(undefined, { signal: settings.signal }),
  )
  const line =
    since === null
      ? 'Metrics are off. `holdfast metrics token` makes the token that turns them on.'
      : `Metrics are on since ${localTime(new Date(since))}.`
  output.answer({ on: since !== null, since }, [line])
  return EXIT.ok
}

/** `holdfast metrics token`: turns /metrics on; the token before is not good any more. */
export async function metricsToken({ settings, output }: Call): Promise<ExitCode> {
  const made = await callAgent(settings, (agent) =>
    agent.metrics.makeToken.mutate(undefined, { signal: settings.signal }),
  )
  output.answer(made, [made.token])
  output.note('It is not shown again. Send it as "Authorization: Bearer …" to /metrics.')
  return EXIT.ok
}

/** `holdfast metrics off`: there is no /metrics any more. */
export async function metricsOff({ settings, output }: Call): Promise<ExitCode> {
  await callAgent(settings, (agent) =>
    agent.metrics.removeToken.mutate(undefined, { signal: settings.signal }),
  )
  output.answer({ on: false }, ['Metrics are off.'])
  return EXIT.ok
}
