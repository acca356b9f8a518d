'use client'

import { PersistQueryClientProvider } from '@tanstack/react-query-persist-client'
import dynamic from 'next/dynamic'
import { usePathname, useRouter } from 'next/navigation'
import { type ReactNode, useCallback, useEffect, useRef, useState } from 'react'
import { UpdateToast } from '#web/parts/update-toast.tsx'
import { createClient, TRPCProvider } from '#web/trpc/client.ts'
import { forgetDeviceSecret } from '#web/trpc/device-secret.ts'
import { LiveEvents } from '#web/trpc/live.tsx'
import { createQueryClient, persistOptions } from '#web/trpc/query-client.ts'

/** Seldom needed, and never by the first screen. */
const ConfirmIdentity = dynamic(
  async () => (await import('#web/parts/confirm-identity.tsx')).ConfirmIdentity,
  {
    ssr: false,
  },
)

/** Everything that pages stand on: the API client, the cache with the last known status, live events, updates. */
export function Providers({ children }: { children: ReactNode }) {
  const router = useRouter()
  const pathname = usePathname()
  const turnAway = useRef<() => void>(() => {})
  const leaving = useRef(false)
  const onNotPaired = useCallback(() => turnAway.current(), [])
  const [asking, setAsking] = useState<{ answer: (confirmed: boolean) => void }>()
  const [client] = useState(() =>
    createClient(() => new Promise((resolve) => setAsking({ answer: resolve }))),
  )
  const [queryClient] = useState(() => createQueryClient(onNotPaired))
  const [persist] = useState(persistOptions)
  const open = pathname.startsWith('/pair') || pathname.startsWith('/~offline')

  useEffect(() => {
    turnAway.current = () => {
      if (open || leaving.current) return
      leaving.current = true
      // A secret that could not be forgotten is worthless without its session.
      const leave = () => router.replace('/pair/')
      forgetDeviceSecret().then(leave, leave)
    }
    if (!open || !leaving.current) return
    // What this device knew belongs to a paired device only. Not before it has left: screens would ask again.
    leaving.current = false
    queryClient.clear()
  }, [open, queryClient, router])

  return (
    <PersistQueryClientProvider
      client={queryClient}
      persistOptions={persist}
      // What was kept may be younger than its staleTime and still not true any more.
      onSuccess={() => queryClient.invalidateQueries()}
    >
      <TRPCProvider trpcClient={client} queryClient={queryClient}>
        {open ? children : <LiveEvents onNotPaired={onNotPaired}>{children}</LiveEvents>}
        <UpdateToast />
        {asking !== undefined && (
          <ConfirmIdentity
            onDone={(confirmed) => {
              setAsking(undefined)
              asking.answer(confirmed)
            }}
          />
        )}
      </TRPCProvider>
    </PersistQueryClientProvider>
  )
}
