import { callAgent } from '../agent/agent-client.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import type { Call } from '../program.ts'
import { tableOf } from '../table.ts'

/** `holdfast remote kinds [KIND]`. */
export async function remoteKinds({ settings, output }: Call, kind?: string): Promise<ExitCode> {
  const { signal } = settings
  if (kind === undefined) {
    const kinds = await callAgent(settings, (agent) => agent.remote.providers.query({}, { signal }))
    output.answer(
      kinds,
      tableOf(
        ['kind', 'name'],
        kinds.map(({ id, name }) => [id, name]),
      ),
    )
    return EXIT.ok
  }
  const provider = await callAgent(settings, (agent) => agent.remote.provider.query({ id: kind }, { signal }))
  const rows = provider.options.map((option) => [
    option.name,
    option.required ? 'needed' : option.advanced ? 'for experts' : '',
    option.isSecret ? 'secret' : option.kind,
    option.provider,
    option.label,
  ])
  output.answer(provider, [
    `${provider.name}${provider.signIn ? ', signed in to with a browser' : ''}`,
    ...tableOf(['option', '', 'is', 'only for', 'what it is'], rows),
  ])
  return EXIT.ok
}

/** `holdfast remote list`. */
export async function remoteList({ settings, output }: Call): Promise<ExitCode> {
  const remotes = await callAgent(settings, (agent) =>
    agent.remote.list.query(undefined, { signal: settings.signal }),
  )
  const rows = remotes.map(({ name, kind, own, usedBy }) => [
    name,
    kind,
    own ? usedBy.map((use) => `${use.kind} ${use.name}`).join(', ') || 'nothing' : "your own rclone's",
  ])
  output.answer(
    remotes,
    rows.length === 0 ? ['There is no remote yet.'] : tableOf(['name', 'kind', 'used by'], rows),
  )
  return EXIT.ok
}

/** `holdfast remote remove NAME`. */
export async function remoteRemove({ settings, output }: Call, name: string): Promise<ExitCode> {
  await callAgent(settings, (agent) => agent.remote.remove.mutate({ name }, { signal: settings.signal }))
  output.answer({ removed: name }, [`Removed the remote "${name}". What lies there stays.`])
  return EXIT.ok
}
