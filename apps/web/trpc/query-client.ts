import { createAsyncStoragePersister } from '@tanstack/query-async-storage-persister'
import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'
import type { PersistQueryClientOptions } from '@tanstack/react-query-persist-client'
import { del, get, set } from 'idb-keyval'
import { isNotPaired, isUnreachable } from './problem.ts'

const KEPT_MS = 14 * 24 * 60 * 60 * 1000

/** A cache that keeps the last known status for two weeks; `onNotPaired` runs when the agent turns this device away. */
export function createQueryClient(onNotPaired: () => void): QueryClient {
  const watch = { onError: (error: unknown) => (isNotPaired(error) ? onNotPaired() : undefined) }
  return new QueryClient({
    queryCache: new QueryCache(watch),
    mutationCache: new MutationCache(watch),
    defaultOptions: {
      queries: {
        // @NOTE 'always': the machine is near and often reachable while the internet is not.
        networkMode: 'always',
        gcTime: KEPT_MS,
        staleTime: 15_000,
        retry: (failures, error) => isUnreachable(error) && failures < 1,
        retryDelay: 1500,
      },
      mutations: { networkMode: 'always', retry: false },
    },
  })
}

/** Which queries outlive the page: only those that say `meta: { persist: true }`, never logs or file names. */
export function persistOptions(): Omit<PersistQueryClientOptions, 'queryClient'> {
  return {
    persister: createAsyncStoragePersister({
      key: 'holdfast-last-known',
      throttleTime: 2000,
      storage: {
        getItem: (key) => get<string>(key),
        setItem: (key, value: string) => set(key, value),
        removeItem: del,
      },
    }),
    maxAge: KEPT_MS,
    buster: 'api-1',
    dehydrateOptions: {
      shouldDehydrateQuery: (query) => query.state.data !== undefined && query.meta?.persist === true,
      shouldDehydrateMutation: () => false,
    },
  }
}
