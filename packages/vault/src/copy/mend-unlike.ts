import { isHoldfastError } from '@holdfast/domain'
import type { ObjectStore } from '../ports.ts'
import type { EngineEnv } from '../vault/create-vault.ts'
import type { OpenedVault } from '../vault/open-vault.ts'
import { isWhole } from './is-whole.ts'
import type { CopyObject, CopyPlan } from './plan-copy.ts'
import type { CopyPlace } from './survey-both.ts'

/** An object of which vault and copy have different bytes, and what stands against writing it over. */
export type Differing = { readonly key: string; readonly reason: string }

/** No object that proves itself is bigger; see the format's limits. */
const MAX_READ = 64 * 1024 * 1024

/**
 * Of objects that the copy has at another size, those that may be written over: what does not prove itself, as one that
 * was cut short, where the vault's does, and the README. What proves itself at the copy is never touched.
 */
export async function mendUnlike(
  vault: OpenedVault,
  copy: CopyPlace,
  unlike: CopyPlan['unlike'],
  env: EngineEnv,
): Promise<{ mend: CopyPlan['unlike'][number][]; differing: Differing[] }> {
  const mend: CopyPlan['unlike'][number][] = []
  const differing: Differing[] = []
  for (const object of unlike) {
    const reason = await whyNot(vault, copy, object, env)
    if (reason === undefined) mend.push(object)
    else differing.push({ key: object.key, reason })
  }
  return { mend, differing }
}

async function whyNot(
  vault: OpenedVault,
  copy: CopyPlace,
  { root, key, size }: CopyObject,
  env: EngineEnv,
): Promise<string | undefined> {
  if (root === 'outer' && key === 'README.txt') return undefined
  const [from, to] = root === 'inner' ? [vault.store, copy.store] : [vault.outer, copy.outer]
  const found = await to.stat(key, { signal: env.signal })
  if (found === undefined) return undefined
  if (size > MAX_READ || found.size > MAX_READ) return 'It is too big for one of its kind.'
  const there = await proves(vault, to, { root, key }, env)
  if (there === undefined) return 'Nothing says which of the two is right.'
  const here = (await proves(vault, from, { root, key }, env)) === true
  if (there)
    return here
      ? 'Both are whole, and they are not the same.'
      : "The copy's is whole, the vault's is damaged: repair the vault."
  return here ? undefined : "Neither the copy's nor the vault's is whole."
}

/** What can't be read whole, as crypt can't an object that was cut short, does not prove itself either. */
async function proves(
  vault: OpenedVault,
  store: ObjectStore,
  { root, key }: Pick<CopyObject, 'root' | 'key'>,
  env: EngineEnv,
): Promise<boolean | undefined> {
  try {
    return isWhole(vault, { root, key, bytes: await store.get(key, { signal: env.signal }) })
  } catch (error) {
    if (isHoldfastError(error, 'REMOTE_LIES')) return false
    throw error
  }
}
