import { type Channel, DAY_MS, HOUR_MS, type Message, MINUTE_MS, SECOND_MS } from '@holdfast/domain'
import type { Delivery, History } from '@holdfast/history'
import { type SendAnswer, type Senders, sendBy } from './sender.ts'

/** Sends what waits, again and again with longer pauses, until it is taken or given up after three days. */
export type Outbox = AsyncDisposable & {
  /** Something was added: looks now. Returns at once. */
  wake(): void
  /** Sends one message to one channel now, past the queue, and answers the other side's word. */
  sendNow(channel: Channel, message: Message, signal: AbortSignal): Promise<SendAnswer>
}

const PAUSES_MS = [30 * SECOND_MS, 2 * MINUTE_MS, 10 * MINUTE_MS, 30 * MINUTE_MS, 2 * HOUR_MS, 6 * HOUR_MS]
const GIVE_UP_MS = 3 * DAY_MS
const KEPT_MS = 90 * DAY_MS
const SEND_LIMIT_MS = 30 * SECOND_MS
const LOOK_AT_LEAST_MS = MINUTE_MS
const AT_ONCE = 50

export function createOutbox(parts: {
  readonly history: Pick<History, 'deliveries'>
  readonly senders: Senders
  readonly channels: () => readonly Channel[]
  /** The target is gone for good: the channel shall take nothing more. */
  readonly onGone: (channel: Channel, answer: string) => Promise<void>
  readonly now: () => Date
  readonly onError: (error: unknown) => void
}): Outbox {
  const { history, now, onError } = parts
  const ended = new AbortController()
  let timer: NodeJS.Timeout | undefined
  let round: Promise<void> | undefined
  let woken = false

  function wake(): void {
    if (ended.signal.aborted) return
    woken = true
    round ??= work()
      .catch(onError)
      .finally(() => {
        round = undefined
        if (!ended.signal.aborted) void plan().catch(onError)
      })
  }

  async function work(): Promise<void> {
    while (woken && !ended.signal.aborted) {
      woken = false
      const due = await history.deliveries.listDue(now(), AT_ONCE)
      const byChannel = Map.groupBy(due, ({ channelId }) => channelId)
      // A slow channel does not hold up the others; within one, the order stays.
      await Promise.all([...byChannel].map(([id, deliveries]) => sendAll(id, deliveries)))
      if (due.length === AT_ONCE) woken = true
    }
    await history.deliveries.forgetBefore(new Date(now().getTime() - KEPT_MS))
  }

  async function sendAll(channelId: string, deliveries: readonly Delivery[]): Promise<void> {
    for (const delivery of deliveries) {
      if (ended.signal.aborted) return
      const channel = parts.channels().find(({ id }) => id === channelId)
      if (channel === undefined) return await history.deliveries.dropWaiting(channelId, now())
      const answer = await send(channel, delivery.message, ended.signal)
      if (ended.signal.aborted) return
      await history.deliveries.record(delivery.seq, attemptOf(delivery, answer, now()))
      if (answer.kind === 'gone') return await parts.onGone(channel, answer.answer)
      // The next one is tried at the next look, not at once: the other side is in trouble.
      if (answer.kind === 'later') return
    }
  }

  async function send(channel: Channel, message: Message, signal: AbortSignal): Promise<SendAnswer> {
    const limit = AbortSignal.timeout(SEND_LIMIT_MS)
    try {
      return await sendBy(parts.senders, channel.target, message, {
        signal: AbortSignal.any([signal, limit]),
      })
    } catch (error) {
      if (signal.aborted) return { kind: 'later', answer: 'Stopped.' }
      if (!limit.aborted) onError(error)
      return {
        kind: 'later',
        answer: limit.aborted ? 'No answer within 30 seconds.' : 'It could not be sent.',
      }
    }
  }

  async function plan(): Promise<void> {
    clearTimeout(timer)
    const next = await history.deliveries.nextDueAt()
    if (next === undefined || ended.signal.aborted) return
    const waitMs = Math.min(Math.max(0, next.getTime() - now().getTime()), LOOK_AT_LEAST_MS)
    timer = setTimeout(wake, Math.max(waitMs, SECOND_MS))
    timer.unref()
  }

  wake()
  return {
    wake,
    sendNow: (channel, message, signal) => send(channel, message, AbortSignal.any([signal, ended.signal])),
    async [Symbol.asyncDispose]() {
      ended.abort()
      clearTimeout(timer)
      await round
    },
  }
}

/** What is noted of an attempt: the pauses grow, and the other side's own wish for a longer one is kept. */
export function attemptOf(
  { attempts, createdAt, dueAt }: Pick<Delivery, 'attempts' | 'createdAt' | 'dueAt'>,
  { kind, answer, afterMs }: SendAnswer,
  now: Date,
): Parameters<History['deliveries']['record']>[1] {
  if (kind === 'sent') return { state: 'sent', dueAt, finishedAt: now, answer }
  if (kind !== 'later') return { state: 'given-up', dueAt, finishedAt: now, answer }
  const pause = Math.max(PAUSES_MS[Math.min(attempts, PAUSES_MS.length - 1)] ?? HOUR_MS, afterMs ?? 0)
  const next = new Date(now.getTime() + pause)
  if (next.getTime() - createdAt.getTime() > GIVE_UP_MS)
    return { state: 'given-up', dueAt, finishedAt: now, answer }
  return { state: 'waiting', dueAt: next, finishedAt: null, answer }
}
