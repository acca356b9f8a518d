import type { History } from '@holdfast/history'
import { type RcloneClient, readRemoteOptions } from '@holdfast/rclone'

/**
 * The options of the remotes that plans use, by name, of an rclone that is only borrowed: what else it knows is none of
 * ours, and must not get into a vault.
 */
export async function usedRemotes(
  client: RcloneClient,
  history: History,
  signal: AbortSignal | undefined,
): Promise<Record<string, Record<string, string>>> {
  const places = (await history.plans.list()).flatMap(({ vault, options }) => [
    vault.place,
    ...options.copies,
  ])
  const read = places.map((place) => readRemoteOptions(client, place, signal === undefined ? {} : { signal }))
  return Object.assign({}, ...(await Promise.all(read)))
}
