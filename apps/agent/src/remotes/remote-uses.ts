import type { RemoteUse } from '@holdfast/api'
import { isHoldfastError, type Plan, type VaultPlace } from '@holdfast/domain'
import { isOwnRemote, listRemotes, type RcloneClient, readRemoteOptions } from '@holdfast/rclone'

/** A remote of the agent's own configuration with what is built upon it. */
export type KnownRemote = {
  readonly name: string
  readonly type: string
  /** Itself left out. */
  readonly below: ReadonlySet<string>
  readonly token: string | undefined
}

/** Every remote of the agent's own configuration, those that it made for itself included. */
export async function readKnownRemotes(client: RcloneClient): Promise<KnownRemote[]> {
  const remotes = await listRemotes(client)
  return await Promise.all(
    remotes.map(async ({ name, type }) => {
      const sections = await readRemoteOptions(client, { kind: 'remote', remote: name, path: '' }).catch(
        (error: unknown): Record<string, Record<string, string>> => {
          // Built upon one that is gone: nothing is below it any more.
          if (isHoldfastError(error, 'REMOTE_UNKNOWN')) return {}
          throw error
        },
      )
      const below = new Set(Object.keys(sections).filter((other) => other !== name))
      return { name, type, below, token: sections[name]?.token }
    }),
  )
}

/** What would be lost with a remote: plans whose vault or a second copy of it lies on it, also through others, and remotes built upon it. */
export function usesOf(name: string, remotes: readonly KnownRemote[], plans: readonly Plan[]): RemoteUse[] {
  const above = remotes.filter(({ below, name: other }) => below.has(name) && !isOwnRemote(other))
  const through = new Set([name, ...above.map((remote) => remote.name)])
  const isOnIt = (place: VaultPlace) => place.kind === 'remote' && through.has(place.remote)
  const onIt = plans.filter(({ vault, options }) => [vault.place, ...options.copies].some(isOnIt))
  return [
    ...onIt.map((plan): RemoteUse => ({ kind: 'plan', name: plan.name })),
    ...above.map((remote): RemoteUse => ({ kind: 'remote', name: remote.name })),
  ]
}
