import { assertNever, HoldfastError } from '@holdfast/domain'
import type { CallOptions, ObjectStore } from '@holdfast/vault/ports'

/** A call as the script sees it: `number` counts all calls of this store from 1, so that a run can be replayed. */
export type StoreCall = {
  readonly number: number
  readonly method: 'put' | 'get' | 'stat' | 'list' | 'delete'
  readonly key: string
}

/** What goes wrong with one call. */
export type Fault =
  /** Rejects, and nothing happened. */
  | { readonly kind: 'error-before'; readonly error?: HoldfastError }
  /** Rejects, although it happened: an ambiguous failure. */
  | { readonly kind: 'error-after'; readonly error?: HoldfastError }
  /** A put keeps only the first bytes and says that all is well, or rejects. */
  | { readonly kind: 'truncate'; readonly keep: number; readonly reports: 'success' | 'error' }
  /** A put stores nothing and says that all is well; a stat or a list does not see what is there. */
  | { readonly kind: 'vanish' }
  /** A get answers with one bit changed in the byte at `at` (from the end when negative). */
  | { readonly kind: 'flip'; readonly at: number }
  /** Nothing comes back until `signal` aborts. */
  | { readonly kind: 'hang' }

export type FaultyStore = ObjectStore & { readonly calls: readonly StoreCall[] }

/** Passes calls on to `inner`, except those for which `script` names a fault. Every call is kept in `calls`. */
export function createFaultyStore(
  inner: ObjectStore,
  script: (call: StoreCall) => Fault | undefined,
): FaultyStore {
  const calls: StoreCall[] = []
  const next = (method: StoreCall['method'], key: string) => {
    const call = { number: calls.length + 1, method, key }
    calls.push(call)
    return { call, fault: script(call) }
  }

  return {
    calls,
    put: async (key, body, options) => {
      const { call, fault } = next('put', key)
      if (fault?.kind === 'vanish') return
      if (fault?.kind !== 'truncate')
        return await withFault(call, fault, options, () => inner.put(key, body, options))
      await inner.put(key, body.subarray(0, fault.keep), options)
      if (fault.reports === 'error') throw broken(call)
    },
    get: async (key, options) => {
      const { call, fault } = next('get', key)
      if (fault?.kind !== 'flip') return await withFault(call, fault, options, () => inner.get(key, options))
      const bytes = Uint8Array.from(await inner.get(key, options))
      const at = fault.at < 0 ? bytes.length + fault.at : fault.at
      bytes[at] = (bytes[at] ?? 0) ^ 1
      return bytes
    },
    stat: async (key, options) => {
      const { call, fault } = next('stat', key)
      if (fault?.kind === 'vanish') return undefined
      return await withFault(call, fault, options, () => inner.stat(key, options))
    },
    list: async function* (folder, options) {
      const { call, fault } = next('list', folder)
      if (fault?.kind === 'vanish') return
      if (fault && fault.kind !== 'error-after') await withFault(call, fault, options, async () => {})
      yield* inner.list(folder, options)
      if (fault?.kind === 'error-after') throw fault.error ?? broken(call)
    },
    delete: async (key, options) => {
      const { call, fault } = next('delete', key)
      await withFault(call, fault, options, () => inner.delete(key, options))
    },
  }
}

async function withFault<T>(
  call: StoreCall,
  fault: Fault | undefined,
  options: CallOptions | undefined,
  work: () => Promise<T>,
): Promise<T> {
  if (fault === undefined) return await work()
  switch (fault.kind) {
    case 'error-before':
      throw fault.error ?? broken(call)
    case 'error-after':
      await work()
      throw fault.error ?? broken(call)
    case 'hang':
      return await hang(options?.signal)
    case 'truncate':
    case 'vanish':
    case 'flip':
      throw new Error(`The fault "${fault.kind}" has no meaning for ${call.method}.`)
    default:
      return assertNever(fault)
  }
}

function hang(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    const stop = () =>
      reject(new HoldfastError('CANCELLED', 'The work was cancelled.', { cause: signal?.reason }))
    if (signal?.aborted) stop()
    else signal?.addEventListener('abort', stop, { once: true })
  })
}

function broken(call: StoreCall): HoldfastError {
  return new HoldfastError(
    'REMOTE_UNREACHABLE',
    `Scripted fault: ${call.method} ${call.key} (call ${call.number}).`,
  )
}
