import { setTimeout as wait } from 'node:timers/promises'
import { isHoldfastError, type LogLine, type RunId } from '@holdfast/domain'
import { callAgent } from '../agent/agent-client.ts'
import { liveStream } from '../agent/live-stream.ts'
import type { Settings } from '../settings.ts'
import { changesHome, LogLines, shownRun, TopHome, type TopState, withEvent, withHome } from './top-state.ts'
import type { TopStore } from './top-store.ts'

const TRY_AGAIN_MS = [500, 1000, 2000, 5000] as const
/** Ages grow also while nothing happens. */
const LOOK_EVERY_MS = 30_000
const LOG_LINES = 500

/** The agent's home as it is now. AGENT_UNREACHABLE, NOT_PAIRED. */
export async function lookAtHome(settings: Settings, signal: AbortSignal): Promise<TopHome> {
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions()
  return TopHome.parse(await callAgent(settings, (agent) => agent.home.query({ timeZone }, { signal })))
}

/** The newest lines of a run's log, oldest first. */
export async function lookAtLog(settings: Settings, id: RunId, signal: AbortSignal): Promise<LogLine[]> {
  const query = { id, limit: LOG_LINES }
  return LogLines.parse(await callAgent(settings, (agent) => agent.run.log.query(query, { signal })))
}

/**
 * Keeps the store as the agent is until `signal` aborts, through restarts of the agent; `lost` says when it can't be
 * heard. Rejects with what another try does not mend: NOT_PAIRED, NOT_ALLOWED.
 */
export async function watchAgent(settings: Settings, store: TopStore, signal: AbortSignal): Promise<void> {
  const { promise: broken, reject: end } = Promise.withResolvers<never>()
  broken.catch(() => undefined)
  const look = coalesced(async () => {
    const home = await lookAtHome(settings, signal)
    store.update((state) => ({ ...withHome(state, home), lost: undefined }))
  })
  const readLog = coalesced(async () => {
    const run = shownRun(store.get())
    if (run === undefined || isFetched(store.get(), run.id)) return
    const { id: runId } = run
    if (store.get().log?.runId !== runId)
      store.update((state) => ({ ...state, log: { runId, fetched: undefined, heard: [] } }))
    const fetched = await lookAtLog(settings, runId, signal)
    store.update((state) =>
      state.log?.runId === runId ? { ...state, log: { ...state.log, fetched } } : state,
    )
  })
  // Whether the agent is there is the stream's to say.
  const quietly = (work: Promise<void>) =>
    void work.catch((error: unknown) => {
      if (!signal.aborted && !isHoldfastError(error, 'AGENT_UNREACHABLE')) end(error)
    })
  const unsubscribe = store.subscribe(() => {
    const run = shownRun(store.get())
    if (store.get().lost === undefined && run !== undefined && !isFetched(store.get(), run.id))
      quietly(readLog())
  })
  const clock = setInterval(() => quietly(look()), LOOK_EVERY_MS)
  const listen = async (): Promise<void> => {
    for (let failures = 0; !signal.aborted; failures += 1) {
      try {
        for await (const event of liveStream(settings, signal)) {
          if (event.type === 'hello') {
            await look()
            // What the log got meanwhile is in it when it is read again.
            store.update((state) => ({ ...state, log: undefined }))
            failures = 0
          }
          store.update((state) => withEvent(state, event))
          if (changesHome(event)) quietly(look())
        }
      } catch (error) {
        if (signal.aborted) return
        if (!isHoldfastError(error, 'AGENT_UNREACHABLE')) throw error
        store.update((state) => ({ ...state, lost: error.message }))
      }
      const waitMs = TRY_AGAIN_MS[Math.min(failures, TRY_AGAIN_MS.length - 1)]
      await wait(waitMs, undefined, { signal }).catch(() => undefined)
    }
  }
  try {
    await Promise.race([listen(), broken])
  } finally {
    clearInterval(clock)
    unsubscribe()
  }
}

function isFetched({ log }: TopState, id: RunId): boolean {
  return log?.runId === id && log.fetched !== undefined
}

/** Work that is done once more after it, however often it was asked for meanwhile. */
function coalesced(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  let next: Promise<void> | undefined
  const start = (): Promise<void> => {
    running = work().finally(() => {
      running = undefined
    })
    return running
  }
  return () => {
    if (running === undefined) return start()
    next ??= running
      .catch(() => undefined)
      .then(() => {
        next = undefined
        return start()
      })
    return next
  }
}
