import { isHoldfastError } from '@holdfast/domain'
import type { ObjectStore } from '@holdfast/vault/ports'
import { bytesOf } from './test-bytes.ts'

/** Puts an object of 3000 bytes under each key, three at once. */
export async function putEach(store: ObjectStore, keys: readonly string[]): Promise<void> {
  for (let at = 0; at < keys.length; at += 3)
    await Promise.all(keys.slice(at, at + 3).map((key) => store.put(key, bytesOf(key, 3000))))
}

/** Reads the objects over and over while they are put; answers what was read that is not a part of one. */
export async function readWhile(
  store: ObjectStore,
  by: { keys: readonly string[]; atomicPuts: boolean; until: Promise<void> },
): Promise<string[]> {
  const state = { putting: true }
  const stop = () => {
    state.putting = false
  }
  by.until.then(stop, stop)
  const odd: string[] = []
  for (let at = 0; state.putting; at += 1) {
    const key = by.keys[at % by.keys.length] ?? ''
    const whole = Buffer.from(bytesOf(key, 3000))
    try {
      const bytes = await store.get(key)
      const isPart = !by.atomicPuts && whole.subarray(0, bytes.length).equals(bytes)
      if (!isPart && !whole.equals(bytes)) odd.push(`${key}: ${bytes.length} bytes`)
    } catch (error) {
      const isCut = !by.atomicPuts && isHoldfastError(error, 'REMOTE_LIES')
      if (!isCut && !isHoldfastError(error, 'OBJECT_MISSING')) throw error
    }
    if (at % 4 === 0) await Array.fromAsync(store.list('snaps'))
  }
  return odd
}
