import { createMemoryStore } from './memory-store.ts'
import { objectStoreContract } from './object-store-contract.ts'

objectStoreContract(
  'The memory store',
  async () => ({
    store: createMemoryStore(),
    [Symbol.asyncDispose]: async () => {},
  }),
  { atomicPuts: true },
)
