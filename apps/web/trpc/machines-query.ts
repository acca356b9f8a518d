import { useQuery } from '@tanstack/react-query'
import { useTRPC } from './client.ts'

/** The other machines that this one watches: kept on the device, asked again when the agent heard of one. */
export function useMachines() {
  const trpc = useTRPC()
  return useQuery(trpc.machine.list.queryOptions(undefined, { meta: { persist: true } }))
}
