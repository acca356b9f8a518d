import { HoldfastError } from '@holdfast/domain'
import type { CallOptions, ObjectInfo, ObjectStore } from '@holdfast/vault/ports'

export type StoredObject = { readonly bytes: Uint8Array; readonly modifiedAtMs: number }

/** An ObjectStore in memory. `objects` may be read, damaged and emptied by a test. */
export type MemoryStore = ObjectStore & { readonly objects: Map<string, StoredObject> }

/** A faithful ObjectStore: it keeps copies, answers later and not at once, and obeys `signal`. */
export function createMemoryStore(options: { readonly nowMs?: () => number } = {}): MemoryStore {
  const { nowMs = () => 0 } = options
  const objects = new Map<string, StoredObject>()
  const infoOf = (key: string, { bytes, modifiedAtMs }: StoredObject): ObjectInfo => ({
    key,
    size: bytes.length,
    modifiedAtMs,
  })

  return {
    objects,
    put: async (key, body, { signal } = {}) => {
      checkKey(key)
      const bytes = Uint8Array.from(body)
      await turn(signal)
      objects.set(key, { bytes, modifiedAtMs: nowMs() })
    },
    get: async (key, { range, signal } = {}) => {
      await turn(signal)
      const found = objects.get(key)
      if (range?.length === 0) return new Uint8Array(0)
      if (!found) throw new HoldfastError('OBJECT_MISSING', `There is no object ${key}.`)
      const { offset, length } = range ?? { offset: 0, length: found.bytes.length }
      if (offset + length > found.bytes.length)
        throw new HoldfastError('REMOTE_LIES', `The object ${key} ends at ${found.bytes.length}.`)
      return found.bytes.slice(offset, offset + length)
    },
    stat: async (key, { signal } = {}) => {
      await turn(signal)
      const found = objects.get(key)
      return found && infoOf(key, found)
    },
    list: async function* (folder, { signal } = {}) {
      await turn(signal)
      // What is there now; what comes or goes meanwhile belongs to the next listing.
      for (const [key, found] of [...objects]) {
        if (signal?.aborted) throw cancelled(signal)
        if (folder === '' || key.startsWith(`${folder}/`)) yield infoOf(key, found)
      }
    },
    delete: async (key, { signal } = {}) => {
      await turn(signal)
      objects.delete(key)
    },
  }
}

/** One turn of the event loop, so that callers who wrongly rely on order within a tick are found. */
async function turn(signal: CallOptions['signal']): Promise<void> {
  if (signal?.aborted) throw cancelled(signal)
  await new Promise((resolve) => setImmediate(resolve))
  if (signal?.aborted) throw cancelled(signal)
}

function cancelled(signal: AbortSignal): HoldfastError {
  return new HoldfastError('CANCELLED', 'The work was cancelled.', { cause: signal.reason })
}

function checkKey(key: string): void {
  if (!/^([A-Za-z0-9.-]+\/)*[A-Za-z0-9.-]+$/.test(key))
    throw new HoldfastError('INTERNAL', `"${key}" can't be the key of an object.`)
}
