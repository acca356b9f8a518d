import { Channel, HoldfastError } from '@holdfast/domain'
import { z } from 'zod'
import type { Secrets } from '../secrets.ts'

/** Every way to tell somebody, sealed with the home's key. Changes are on the disk when they resolve, in order. */
export type Channels = {
  /** In the order they were made. */
  list(): readonly Channel[]
  /** Rejects with INPUT_INVALID when there is none. */
  get(id: string): Channel
  /** Adds it, or replaces the one with its id. */
  put(channel: Channel): Promise<void>
  remove(id: string): Promise<void>
  /** Removes what the rule picks, such as a revoked device's push. */
  removeWhere(rule: (channel: Channel) => boolean): Promise<void>
}

const NAME = 'channels'

/** CONFIG_DAMAGED when what is sealed there is not what this program writes. */
export function createChannels(secrets: Pick<Secrets, 'value' | 'setValue'>): Channels {
  const parsed = z.array(Channel).safeParse(secrets.value(NAME) ?? [])
  if (!parsed.success)
    throw new HoldfastError('CONFIG_DAMAGED', 'The notification channels in secrets.conf cannot be read.', {
      next: 'Put secrets.conf back from a copy of this folder.',
    })
  let all: readonly Channel[] = parsed.data
  async function set(next: readonly Channel[]): Promise<void> {
    // Seen at once, so that two changes at the same time both count; the disk follows in the same order.
    all = next
    await secrets.setValue(NAME, next)
  }
  return {
    list: () => all,
    get(id) {
      const found = all.find((channel) => channel.id === id)
      if (found === undefined) throw new HoldfastError('INPUT_INVALID', 'There is no such channel any more.')
      return found
    },
    put: (channel) =>
      set(
        all.some(({ id }) => id === channel.id)
          ? all.map((known) => (known.id === channel.id ? channel : known))
          : [...all, channel],
      ),
    remove: (id) => set(all.filter((channel) => channel.id !== id)),
    removeWhere: (rule) => set(all.filter((channel) => !rule(channel))),
  }
}
