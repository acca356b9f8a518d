import type { LiveEvent } from '@holdfast/api'
import { HoldfastError } from '@holdfast/domain'

const KEPT = 2000
const WAITING_AT_MOST = 1000

export type LiveEvents = {
  /** Sends an event to every subscriber. Progress isn't kept for later: the next one says it all again. */
  publish(event: LiveEvent): void
  /**
   * Everything after `lastEventId` in order, then what comes, until `signal` aborts; begins with `hello`. `resync` first
   * when the id is of another start of the agent or no longer kept, and whenever this reader fell too far behind.
   * Rejects with NOT_PAIRED when `revoked` aborts.
   */
  subscribe(
    lastEventId: string | undefined,
    options: { signal: AbortSignal; revoked?: AbortSignal },
  ): AsyncIterable<{ id: string; event: LiveEvent }>
}

type Kept = { readonly id: string; readonly event: LiveEvent }

/** An outbox in memory. Ids are `<boot>-<number>`, rising by one for each kept event. */
export function createLiveEvents(parts: { bootId: string; hello: () => LiveEvent }): LiveEvents {
  const ring: Kept[] = []
  const readers = new Set<Reader>()
  let last = 0
  const idOf = (n: number) => `${parts.bootId}-${n}`

  /** What a reader that saw `lastEventId` still has to see. */
  function missed(lastEventId: string | undefined): Kept[] {
    const hello: Kept = { id: idOf(last), event: parts.hello() }
    if (lastEventId === undefined) return [hello]
    const prefix = `${parts.bootId}-`
    const seen = lastEventId.startsWith(prefix) ? Number(lastEventId.slice(prefix.length)) : Number.NaN
    const known = Number.isSafeInteger(seen) && seen <= last && seen >= last - ring.length
    if (!known) return [hello, { id: idOf(last), event: { type: 'resync' } }]
    // The id of a hello that came early would skip what follows it.
    return [{ ...hello, id: lastEventId }, ...ring.slice(ring.length - (last - seen))]
  }

  return {
    publish(event) {
      if (event.type === 'progress') {
        for (const reader of readers) reader.offerProgress({ id: idOf(last), event }, event.runId)
        return
      }
      last += 1
      const kept = { id: idOf(last), event }
      ring.push(kept)
      if (ring.length > KEPT) ring.shift()
      for (const reader of readers) reader.offer(kept)
    },
    async *subscribe(lastEventId, { signal, revoked }) {
      const reader = createReader(missed(lastEventId))
      readers.add(reader)
      const stop = () => reader.wake()
      signal.addEventListener('abort', stop)
      revoked?.addEventListener('abort', stop)
      try {
        while (!signal.aborted) {
          if (revoked?.aborted) throw new HoldfastError('NOT_PAIRED', 'This device was removed.')
          const next = reader.take()
          if (next === undefined) await reader.waited()
          else yield next
        }
      } finally {
        readers.delete(reader)
        signal.removeEventListener('abort', stop)
        revoked?.removeEventListener('abort', stop)
      }
    },
  }
}

type Reader = ReturnType<typeof createReader>

function createReader(first: readonly Kept[]) {
  let queue: Kept[] = [...first]
  let resume: (() => void) | undefined
  const wake = () => resume?.()
  return {
    wake,
    offer(kept: Kept) {
      if (queue.length >= WAITING_AT_MOST) queue = [{ id: kept.id, event: { type: 'resync' } }]
      else queue.push(kept)
      wake()
    },
    /** A newer progress of the same run takes the place of one that was not read yet. */
    offerProgress(kept: Kept, runId: string) {
      const lastQueued = queue.at(-1)
      if (lastQueued?.event.type === 'progress' && lastQueued.event.runId === runId)
        queue[queue.length - 1] = kept
      else if (queue.length < WAITING_AT_MOST) queue.push(kept)
      wake()
    },
    take: () => queue.shift(),
    /** Resolves when something was offered or `wake` was called. */
    async waited(): Promise<void> {
      const { promise, resolve } = Promise.withResolvers<void>()
      resume = resolve
      await promise
      resume = undefined
    },
  }
}
