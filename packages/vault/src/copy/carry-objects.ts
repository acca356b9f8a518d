import { HoldfastError, isHoldfastError } from '@holdfast/domain'
import type { ObjectCarrier } from '../ports.ts'
import { parseProgramKey } from '../program/program-format.ts'
import type { EngineEnv } from '../vault/create-vault.ts'
import type { OpenedVault } from '../vault/open-vault.ts'
import type { CopyObject } from './plan-copy.ts'
import type { CopyPlace } from './survey-both.ts'

export type CarryEnv = EngineEnv & {
  readonly signal: AbortSignal
  readonly carrier: ObjectCarrier
  /** Called after each object, with its size. */
  readonly carried: (bytes: number) => void
}

const AT_ONCE = 4
const ATTEMPTS = 2

/**
 * Copies objects, four at once and with `inOrder` one after the other. Each counts when the copy shows it at its size;
 * sealed ones, which decide what a reader sees, when they are read back the same. Stops at the first that fails, when
 * none is on its way any more. VAULT_CHANGED when one went away from the vault meanwhile.
 */
export async function carryObjects(
  vault: OpenedVault,
  copy: CopyPlace,
  objects: readonly CopyObject[],
  options: { readonly inOrder?: boolean },
  env: CarryEnv,
): Promise<void> {
  let next = 0
  let failed = false
  const work = async () => {
    for (let object = objects[next]; object !== undefined && !failed; object = objects[next]) {
      next += 1
      try {
        await carryOne(vault, copy, object, env)
      } catch (error) {
        failed = true
        throw error
      }
      env.carried(object.size)
    }
  }
  const workers = Math.min(options.inOrder === true ? 1 : AT_ONCE, objects.length)
  const ended = await Promise.allSettled(Array.from({ length: workers }, work))
  for (const end of ended) if (end.status === 'rejected') throw end.reason
}

async function carryOne(
  vault: OpenedVault,
  copy: CopyPlace,
  object: CopyObject,
  env: CarryEnv,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1)
    try {
      env.signal.throwIfAborted()
      await env.carrier.carry(object.root, object.key, { signal: env.signal })
      await verifyOne(vault, copy, object, env)
      return
    } catch (error) {
      if (isHoldfastError(error, 'OBJECT_MISSING'))
        throw new HoldfastError('VAULT_CHANGED', `${object.key} was deleted while the vault was copied.`, {
          cause: error,
        })
      if (attempt === ATTEMPTS || !isHoldfastError(error) || !error.retryable) throw error
    }
}

async function verifyOne(
  vault: OpenedVault,
  copy: CopyPlace,
  { root, key, size }: CopyObject,
  env: CarryEnv,
): Promise<void> {
  const [from, to] = root === 'inner' ? [vault.store, copy.store] : [vault.outer, copy.outer]
  const found = await to.stat(key, { signal: env.signal })
  if (found?.size !== size)
    throw new HoldfastError(
      'REMOTE_LIES',
      found === undefined
        ? `The place of the copy took ${key} and does not have it.`
        : `The place of the copy has ${found.size} bytes of ${key} where ${size} were sent.`,
    )
  if (root === 'inner' && (/^(packs|index)\//.test(key) || parseProgramKey(key)?.kind === 'chunk')) return
  const [sent, stored] = await Promise.all([
    from.get(key, { signal: env.signal }),
    to.get(key, { signal: env.signal }),
  ])
  if (!Buffer.from(sent).equals(stored))
    throw new HoldfastError('REMOTE_LIES', `The place of the copy has other bytes of ${key} than were sent.`)
}
