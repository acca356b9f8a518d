import { type Channel, type Message, sendAt, takes } from '@holdfast/domain'
import type { NewDelivery } from '@holdfast/history'

/** One delivery for each channel that takes the message, held back while that channel is quiet. */
export function deliveriesOf(message: Message, channels: readonly Channel[], now: Date): NewDelivery[] {
  return channels
    .filter((channel) => takes(channel, message))
    .map((channel) => ({
      ...{ message, channelId: channel.id, createdAt: now },
      dueAt: sendAt(message, channel.quiet, now),
    }))
}
