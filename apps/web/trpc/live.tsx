'use client'

import { assertNever } from '@holdfast/domain'
import { useQueryClient } from '@tanstack/react-query'
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react'
import {
  heardWithLine,
  homeWithProgress,
  homeWithRun,
  type RateSample,
  runWithProgress,
  samplesWithRate,
} from './apply-event.ts'
import { useTRPC, useTRPCClient } from './client.ts'
import { isNotPaired } from './problem.ts'
import type { Home, LiveEvent, LogLine } from './types.ts'

/** Whether the agent is heard: `lost` once the stream broke or never opened, until it speaks again. */
export type Connection = 'connecting' | 'live' | 'lost'

const ConnectionContext = createContext<Connection>('connecting')
const PATIENCE_MS = 4000
const REOPEN_MS = 5000

export const useConnection = (): Connection => useContext(ConnectionContext)

/** The cache key of the rates seen of a run, for its chart. Never asked from the agent. */
export const rateKey = (runId: string) => ['rate', runId] as const

/** The cache key of the log lines heard of a run since this page is here. Never asked from the agent. */
export const heardKey = (runId: string) => ['heard', runId] as const

/** The cache key of the pages of the run history. */
export const runListKey = (planId: string | undefined) => ['run-list', planId ?? 'all'] as const

/** Listens to the agent with one stream and keeps every cache true to what it says. */
export function LiveEvents({ onNotPaired, children }: { onNotPaired: () => void; children: ReactNode }) {
  const client = useTRPCClient()
  const apply = useApplyEvent()
  const refresh = useRefreshStatus()
  const queryClient = useQueryClient()
  const [connection, setConnection] = useState<Connection>('connecting')

  useEffect(() => {
    let wasLost = false
    let lastEventId: string | undefined
    let again: ReturnType<typeof setTimeout> | undefined
    let stop = () => {}
    const lose = () => {
      wasLost = true
      setConnection('lost')
    }
    const heard = () => {
      clearTimeout(patience)
      setConnection('live')
      // Something may have happened between the first answers and the opening of the stream.
      if (!wasLost) return refresh()
      wasLost = false
      void queryClient.invalidateQueries()
    }
    const patience = setTimeout(lose, PATIENCE_MS)
    // The stream resumes by itself after a drop; when it is refused or ends it is opened anew from where it was.
    const reopen = () => {
      lose()
      clearTimeout(again)
      again = setTimeout(listen, REOPEN_MS)
    }
    const listen = () => {
      stop()
      const subscription = client.live.events.subscribe(
        { lastEventId },
        {
          onConnectionStateChange: (change) => {
            if (change.state === 'pending') heard()
            else if (change.state === 'connecting' && change.error !== null) lose()
          },
          onData: ({ id, data }) => {
            lastEventId = id
            apply(data)
          },
          onError: (error) => (isNotPaired(error) ? onNotPaired() : reopen()),
          onComplete: reopen,
        },
      )
      stop = () => subscription.unsubscribe()
    }
    listen()
    return () => {
      clearTimeout(patience)
      clearTimeout(again)
      stop()
    }
  }, [client, apply, refresh, queryClient, onNotPaired])

  // Phones stop a page's network while it is hidden; what was missed is asked for when it is seen again.
  useEffect(() => {
    const seen = () => {
      if (document.visibilityState === 'visible') refresh()
    }
    document.addEventListener('visibilitychange', seen)
    return () => document.removeEventListener('visibilitychange', seen)
  }, [refresh])

  return <ConnectionContext value={connection}>{children}</ConnectionContext>
}

/** Asks again for what changes by itself: the status and the runs, not what a vault or a disk holds. */
function useRefreshStatus(): () => void {
  const queryClient = useQueryClient()
  const trpc = useTRPC()
  const [refresh] = useState(() => () => {
    void queryClient.invalidateQueries(trpc.home.queryFilter())
    void queryClient.invalidateQueries(trpc.run.pathFilter())
    void queryClient.invalidateQueries({ queryKey: ['run-list'] })
    void queryClient.invalidateQueries(trpc.restore.pathFilter())
    void queryClient.invalidateQueries(trpc.know.pathFilter())
    void queryClient.invalidateQueries(trpc.machine.list.queryFilter())
  })
  return refresh
}

function useApplyEvent(): (event: LiveEvent) => void {
  const queryClient = useQueryClient()
  const trpc = useTRPC()
  const [apply] = useState(() => (event: LiveEvent) => {
    switch (event.type) {
      case 'hello':
        return
      case 'run': {
        const { run } = event
        queryClient.setQueriesData<Home>(trpc.home.queryFilter(), (home) => home && homeWithRun(home, run))
        queryClient.setQueryData(trpc.run.get.queryKey({ id: run.id }), run)
        // An answer that is on its way may be older than this: it is asked for again.
        const fetchStatus = 'fetching'
        void queryClient.invalidateQueries({ ...trpc.home.queryFilter(), fetchStatus })
        void queryClient.invalidateQueries({ ...trpc.run.get.queryFilter({ id: run.id }), fetchStatus })
        void queryClient.invalidateQueries({ queryKey: ['run-list'] })
        if (run.state !== 'finished') return
        void queryClient.invalidateQueries(trpc.home.queryFilter())
        void queryClient.invalidateQueries(trpc.snapshot.list.queryFilter({ planId: run.planId }))
        void queryClient.invalidateQueries({ queryKey: trpc.run.log.queryKey({ id: run.id }) })
        return
      }
      case 'progress': {
        const { runId, progress } = event
        queryClient.setQueriesData<Home>(
          trpc.home.queryFilter(),
          (home) => home && homeWithProgress(home, runId, progress),
        )
        queryClient.setQueryData(
          trpc.run.get.queryKey({ id: runId }),
          (run) => run && runWithProgress(run, progress),
        )
        queryClient.setQueryData<RateSample[]>(rateKey(runId), (samples) =>
          samplesWithRate(samples ?? [], {
            atMs: performance.now(),
            bytesPerSecond: progress.bytesPerSecond,
          }),
        )
        return
      }
      case 'log':
        queryClient.setQueryData<LogLine[]>(heardKey(event.runId), (lines) =>
          heardWithLine(lines ?? [], event.line),
        )
        return
      case 'plans':
        void queryClient.invalidateQueries(trpc.home.queryFilter())
        void queryClient.invalidateQueries(trpc.plan.list.queryFilter())
        void queryClient.invalidateQueries(trpc.bandwidth.status.queryFilter())
        return
      case 'incidents':
        void queryClient.invalidateQueries(trpc.know.pathFilter())
        return
      case 'machines':
        void queryClient.invalidateQueries(trpc.machine.list.queryFilter())
        return
      case 'restore':
        queryClient.setQueryData(trpc.restore.get.queryKey({ id: event.restore.id }), event.restore)
        return
      case 'resync':
        void queryClient.invalidateQueries()
        return
      default:
        return assertNever(event)
    }
  })
  return apply
}
