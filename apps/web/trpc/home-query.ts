import { useQuery } from '@tanstack/react-query'
import { timeZone } from '#web/words/locale.ts'
import { useTRPC } from './client.ts'

/** The status of the machine: kept on the device, asked again each minute and when the agent says so. */
export function useHome() {
  const trpc = useTRPC()
  return useQuery(
    trpc.home.queryOptions({ timeZone: timeZone() }, { meta: { persist: true }, refetchInterval: 60_000 }),
  )
}
