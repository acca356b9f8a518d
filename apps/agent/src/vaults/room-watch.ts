import { HOUR_MS, isHoldfastError, SECOND_MS, type Vault, type VaultId, VaultRoom } from '@holdfast/domain'
import type { History } from '@holdfast/history'
import { placeFs, type RcloneClient } from '@holdfast/rclone'
import { z } from 'zod'

/** Knows how much room the places of the vaults have, where they tell. */
export type RoomWatch = Disposable & {
  /** What was said last; undefined where it never was, or not for a week. */
  room(vault: VaultId): Promise<VaultRoom | undefined>
  /** Asks one vault's place now. A place that does not tell, or can't be reached, changes nothing. */
  look(vault: Vault): Promise<void>
}

const LOOK_EVERY_MS = 6 * HOUR_MS
const FIRST_LOOK_MS = 20 * SECOND_MS
const ANSWER_MS = 30 * SECOND_MS
const STALE_MS = 7 * 24 * HOUR_MS

export function watchRooms(parts: {
  readonly history: Pick<History, 'settings' | 'plans'>
  readonly client: RcloneClient
  readonly now: () => Date
  readonly onError: (error: unknown) => void
}): RoomWatch {
  const { history, client, now, onError } = parts

  async function look({ id, place }: Vault): Promise<void> {
    try {
      const { free, total } = await client.call('operations/about', { fs: placeFs(place) }, About, {
        ...{ signal: AbortSignal.timeout(ANSWER_MS), repeatable: true },
        attempt: { doing: 'ask how much room there is' },
      })
      if (free == null) return
      const room: VaultRoom = { freeBytes: free, totalBytes: total ?? null, at: now() }
      await history.settings.set(keyOf(id), room, room.at)
    } catch (error) {
      // Many remotes can't tell, and one that is away has its own verdict.
      if (!isHoldfastError(error)) throw error
    }
  }

  async function lookAtAll(): Promise<void> {
    const vaults = new Map((await history.plans.list()).map(({ vault }) => [vault.id, vault]))
    for (const vault of vaults.values()) await look(vault)
  }

  const inBackground = () => void lookAtAll().catch(onError)
  const first = setTimeout(inBackground, FIRST_LOOK_MS)
  const timer = setInterval(inBackground, LOOK_EVERY_MS)
  first.unref()
  timer.unref()
  return {
    async room(vault) {
      const room = await history.settings.get(keyOf(vault), VaultRoom)
      return room !== undefined && now().getTime() - room.at.getTime() < STALE_MS ? room : undefined
    },
    look,
    [Symbol.dispose]() {
      clearTimeout(first)
      clearInterval(timer)
    },
  }
}

const About = z.object({ free: z.number().nullish(), total: z.number().nullish() })

const keyOf = (vault: VaultId) => `room-${vault}`
