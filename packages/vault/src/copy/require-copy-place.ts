import { HoldfastError } from '@holdfast/domain'
import { type EngineEnv, inspectPlace } from '../vault/create-vault.ts'
import type { OpenedVault } from '../vault/open-vault.ts'
import { MAX_VAULT_FILE, readVaultFile, VAULT_FILE, verifyVaultFile } from '../vault/vault-file.ts'
import { isWhole } from './is-whole.ts'
import type { CopyPlace, Sizes } from './survey-both.ts'

/**
 * Refuses a place that is neither empty nor this vault's copy. A first copy that was cut off before its vault.json was
 * whole has nothing but key files, README and vault.json: then that is all that may lie there. PLACE_NOT_EMPTY,
 * VAULT_EXISTS for another vault.
 */
export async function requireCopyPlace(
  vault: OpenedVault,
  copy: CopyPlace,
  { source, there }: { source: Sizes; there: Sizes },
  env: EngineEnv,
): Promise<void> {
  const size = there.outer.get(VAULT_FILE)
  if (size !== undefined && size <= MAX_VAULT_FILE) {
    const bytes = await copy.outer.get(VAULT_FILE, { signal: env.signal })
    if (isWhole(vault, { root: 'outer', key: VAULT_FILE, bytes })) return
    refuseOther(vault, bytes)
  }
  if (there.outer.size + there.inner.size === 0) {
    // Also what no key of a vault is called; the listing of a folder that is new costs nothing.
    const found = await inspectPlace(copy.outer, env)
    if (found.kind === 'empty') return
    throw occupied(found.kind === 'occupied' ? found.examples : [VAULT_FILE])
  }
  const foreign = [...there.outer.keys()].filter((key) => !source.outer.has(key))
  foreign.push(...[...there.inner.keys()].filter((key) => key !== VAULT_FILE))
  for await (const { key } of copy.outer.list('', env))
    if (!there.outer.has(key) && !key.startsWith('v1/')) foreign.push(key)
  if (foreign.length > 0) throw occupied(foreign.slice(0, 3))
}

/** A vault.json that is whole and not ours. One that is cut short is no vault's. */
function refuseOther(vault: OpenedVault, bytes: Uint8Array): void {
  let id: string
  try {
    const file = readVaultFile(bytes)
    if (file.id === vault.id) verifyVaultFile(file, vault.keys.vaultFile)
    id = file.id
  } catch (error) {
    if (isCut(error)) return
    throw error
  }
  throw new HoldfastError('VAULT_EXISTS', `Another vault (${id.slice(0, 8)}) lies there.`, {
    next: 'Choose an empty folder for the second copy.',
  })
}

function isCut(error: unknown): boolean {
  return error instanceof HoldfastError && error.code === 'NOT_A_VAULT'
}

function occupied(examples: readonly string[]): HoldfastError {
  return new HoldfastError(
    'PLACE_NOT_EMPTY',
    `The place of the copy is not empty and holds no copy of this vault: ${examples.join(', ')}.`,
    { next: 'Choose an empty folder for the second copy.' },
  )
}
