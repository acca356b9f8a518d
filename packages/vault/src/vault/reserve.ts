import { createCipheriv } from 'node:crypto'
import { isHoldfastError } from '@holdfast/domain'
import { putVerified } from '../pack/put-verified.ts'
import type { EngineEnv } from './create-vault.ts'
import type { OpenedVault } from './open-vault.ts'

/** A mark that names some thirty thousand packs fits in, and the rows of a few. */
const RESERVE_BYTES = 1024 * 1024
const FOLDER = 'reserve'

type Place = Pick<OpenedVault, 'keys' | 'store'>

/**
 * Puts the reserve where there is none: bytes that say nothing and that no file system makes smaller, so that a prune
 * finds room for its marks at a remote that is full. Rejects with the store's error, REMOTE_FULL among them.
 */
export async function keepReserve(vault: Place, env: EngineEnv): Promise<void> {
  if ((await reserveKeys(vault, env)).length > 0) return
  const tag = Buffer.from(env.random.bytes(2)).toString('hex')
  await putVerified(vault.store, `${FOLDER}/${tag}.bin`, reserveBytes(vault), env)
}

/** Does the work; where the remote has no room for it, once more after the reserve was given up. */
export async function withReserve<T>(vault: Place, env: EngineEnv, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!isHoldfastError(error, 'REMOTE_FULL')) throw error
    const keys = await reserveKeys(vault, env)
    if (keys.length === 0) throw error
    for (const key of keys) await vault.store.delete(key, { signal: env.signal })
    return await work()
  }
}

/** Those whose bytes are not the ones that were put. Rejects when the remote can't be read. */
export async function brokenReserves(vault: Place, env: EngineEnv): Promise<string[]> {
  const broken: string[] = []
  for await (const { key, size } of vault.store.list(FOLDER, { signal: env.signal })) {
    const bytes = size === RESERVE_BYTES ? await vault.store.get(key, { signal: env.signal }) : undefined
    if (bytes === undefined || !isReserve(vault, bytes)) broken.push(key)
  }
  return broken
}

/** True for the bytes of a reserve of this vault, whatever its name. */
export function isReserve(vault: Pick<Place, 'keys'>, bytes: Uint8Array): boolean {
  return reserveBytes(vault).equals(bytes)
}

async function reserveKeys(vault: Place, env: EngineEnv): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of vault.store.list(FOLDER, { signal: env.signal })) keys.push(key)
  return keys
}

/** The same ones each time, so that a check can tell them. */
export function reserveBytes({ keys }: Pick<Place, 'keys'>): Buffer {
  const cipher = createCipheriv('aes-256-ctr', keys.reserve, Buffer.alloc(16))
  return cipher.update(Buffer.alloc(RESERVE_BYTES))
}
