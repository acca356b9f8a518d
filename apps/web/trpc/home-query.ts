import { useQuery } from '@tanstack/react-query'
import { useTRPC } from './client.ts'

/** The status of the machine: kept on the device, asked again each minute and when the agent says so. */
export function useHome() {
  const trpc = useTRPC()
  const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone
  return useQuery(trpc.home.queryOptions({ timeZone }, { meta: { persist: true }, refetchInterval: 60_000 }))
}
