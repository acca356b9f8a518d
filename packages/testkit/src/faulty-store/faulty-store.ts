import { assertNever, HoldfastError } from '@holdfast/domain'
import type { CallOptions, ObjectInfo, ObjectStore } from '@holdfast/vault/ports'
import { brokenCall, type Fault, faultFits, type StoreCall, type StoreMethod } from './fault.ts'
import { createLater } from './later.ts'
import { createPast } from './past.ts'

export type FaultyStore = ObjectStore & {
  readonly calls: readonly StoreCall[]
  /** Lets everything land that a `delayed` or a `duplicate` put holds back. */
  settle(): Promise<void>
}

/**
 * Passes calls on to `inner`, except those for which `script` names a fault. Every call is kept in `calls`. Nothing
 * depends on a clock: what comes late comes after so many calls.
 */
export function createFaultyStore(
  inner: ObjectStore,
  script: (call: StoreCall) => Fault | undefined,
): FaultyStore {
  const calls: StoreCall[] = []
  const later = createLater()
  const past = createPast(inner)
  const sizes = new Map<string, number>()

  /** Counts a call, lets land what is due by now, and answers what goes wrong with it. */
  async function begin(method: StoreMethod, key: string, signal: AbortSignal | undefined) {
    const call = { number: calls.length + 1, method, key }
    calls.push(call)
    const fault = script(call)
    if (fault !== undefined && !faultFits(fault.kind, method))
      throw new Error(`The fault "${fault.kind}" has no meaning for ${method}.`)
    await later.catchUp(call.number)
    if (fault?.kind === 'slow') await quiet(() => calls.length >= call.number + fault.calls, signal)
    return { call, fault }
  }

  async function land(number: number, key: string, body: Uint8Array, options?: CallOptions): Promise<void> {
    await past.before(number, key)
    await inner.put(key, body, options)
    sizes.set(key, body.length)
  }

  async function remove(number: number, key: string, options: CallOptions | undefined): Promise<void> {
    await past.before(number, key)
    later.forget(key)
    await inner.delete(key, options)
    sizes.delete(key)
  }

  function refuseBeyond(quota: number, key: string, body: Uint8Array): void {
    const stored = [...sizes.values()].reduce((sum, size) => sum + size, 0)
    if (stored - (sizes.get(key) ?? 0) + body.length > quota)
      throw new HoldfastError('REMOTE_FULL', `Scripted fault: no room for ${key}.`)
  }

  return {
    calls,
    settle: later.settle,
    put: async (key, body, options) => {
      const { call, fault } = await begin('put', key, options?.signal)
      const copy = Uint8Array.from(body)
      const again = () => land(calls.length, key, copy)
      if (fault?.kind === 'vanish') return
      if (fault?.kind === 'delayed') return later.at(call.number + fault.calls + 1, again, { key })
      if (fault?.kind === 'quota') refuseBeyond(fault.bytes, key, body)
      if (fault?.kind === 'denied' && (await inner.stat(key, options)) !== undefined) throw denied(call)
      const kept = fault?.kind === 'truncate' ? body.subarray(0, fault.keep) : body
      await withFault(call, fault, options, () => land(call.number, key, kept, options))
      if (fault?.kind === 'truncate' && fault.reports === 'error') throw brokenCall(call)
      if (fault?.kind === 'duplicate' && fault.calls === 0) await again()
      else if (fault?.kind === 'duplicate') later.at(call.number + fault.calls + 1, again)
    },
    get: async (key, options) => {
      const { call, fault } = await begin('get', key, options?.signal)
      if (fault?.kind === 'vanish')
        throw new HoldfastError('OBJECT_MISSING', `Scripted fault: there is no object ${key}.`)
      if (fault?.kind === 'wrong-range' && options?.range !== undefined) {
        const range = { offset: 0, length: options.range.length }
        return await inner.get(key, { ...options, range })
      }
      const bytes = await withFault(call, fault, options, () => inner.get(key, options))
      return fault?.kind === 'flip' ? flipped(bytes, fault.at) : bytes
    },
    stat: async (key, options) => {
      const { call, fault } = await begin('stat', key, options?.signal)
      if (fault?.kind === 'vanish') return undefined
      return await withFault(call, fault, options, () => inner.stat(key, options))
    },
    list: async function* (folder, options) {
      const { call, fault } = await begin('list', folder, options?.signal)
      if (fault?.kind === 'vanish') return
      if (fault?.kind === 'stale-list') {
        yield* await past.list(folder, call.number - fault.calls)
        return
      }
      if (fault?.kind === 'error-after') {
        yield* inner.list(folder, options)
        throw fault.error ?? brokenCall(call)
      }
      yield* await withFault(
        call,
        fault,
        options,
        async (): Promise<AsyncIterable<ObjectInfo>> => inner.list(folder, options),
      )
    },
    delete: async (key, options) => {
      const { call, fault } = await begin('delete', key, options?.signal)
      if (fault?.kind === 'vanish') return
      if (fault?.kind === 'denied') throw denied(call)
      await withFault(call, fault, options, () => remove(call.number, key, options))
    },
  }
}

/** The faults that are the same for every method; the others have happened, or happen to the answer. */
async function withFault<T>(
  call: StoreCall,
  fault: Fault | undefined,
  options: CallOptions | undefined,
  work: () => Promise<T>,
): Promise<T> {
  if (fault === undefined) return await work()
  switch (fault.kind) {
    case 'error-before':
      throw fault.error ?? brokenCall(call)
    case 'error-after':
      await work()
      throw fault.error ?? brokenCall(call)
    case 'hang':
      return await hang(options?.signal)
    case 'truncate':
    case 'vanish':
    case 'flip':
    case 'duplicate':
    case 'delayed':
    case 'stale-list':
    case 'wrong-range':
    case 'slow':
    case 'quota':
    case 'denied':
      return await work()
    default:
      return assertNever(fault)
  }
}

/** Turns of the event loop without a new call after which nobody can be said to call any more. */
const QUIET_TURNS = 32

async function quiet(isDue: () => boolean, signal: AbortSignal | undefined): Promise<void> {
  for (let turn = 0; turn < QUIET_TURNS && !isDue(); turn += 1) {
    if (signal?.aborted) throw cancelled(signal)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

function hang(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    const stop = () => reject(cancelled(signal))
    if (signal?.aborted) stop()
    else signal?.addEventListener('abort', stop, { once: true })
  })
}

function cancelled(signal: AbortSignal | undefined): HoldfastError {
  return new HoldfastError('CANCELLED', 'The work was cancelled.', { cause: signal?.reason })
}

function denied(call: StoreCall): HoldfastError {
  return new HoldfastError('REMOTE_DENIED', `Scripted fault: ${call.method} ${call.key} is not allowed.`)
}

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = Uint8Array.from(bytes)
  const place = at < 0 ? copy.length + at : at
  copy[place] = (copy[place] ?? 0) ^ 1
  return copy
}
