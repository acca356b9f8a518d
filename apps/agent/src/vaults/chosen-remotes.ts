import { type RcloneClient, readEveryRemote } from '@holdfast/rclone'

/**
 * The options of the remotes that people made or brought, by name. Not the agent's own: their passwords come from the
 * keys of vaults, and a vault must not hold another one's.
 */
export async function chosenRemotes(
  client: RcloneClient,
  signal: AbortSignal | undefined,
): Promise<Record<string, Record<string, string>>> {
  const all = await readEveryRemote(client, signal === undefined ? {} : { signal })
  return Object.fromEntries(Object.entries(all).filter(([name]) => !/^hf-/.test(name)))
}
