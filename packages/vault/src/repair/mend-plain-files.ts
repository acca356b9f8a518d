import { HoldfastError } from '@holdfast/domain'
import { isDamage } from '../check/findings.ts'
import { README } from '../check/vault-file.ts'
import { putVerified } from '../pack/put-verified.ts'
import type { ObjectStore } from '../ports.ts'
import type { RepairEnv, RepairRequest } from '../repair.ts'
import { readKeyFiles } from '../vault/key-files.ts'
import type { OpenedVault } from '../vault/open-vault.ts'
import { readmeText } from '../vault/readme.ts'
import { brokenReserves, reserveBytes } from '../vault/reserve.ts'
import { readVaultFile, VAULT_FILE, verifyVaultFile } from '../vault/vault-file.ts'

/**
 * Makes the two copies of vault.json the same again, from the one that verifies, puts the README where it is missing, and
 * writes a reserve over that has other bytes. Answers how many objects were put.
 */
export async function mendPlainFiles(
  vault: OpenedVault,
  { dryRun }: RepairRequest,
  env: RepairEnv,
): Promise<number> {
  const puts: { store: ObjectStore; key: string; bytes: Uint8Array }[] = []
  const outer = await soundVaultFile(vault, vault.outer, env)
  const inner = await soundVaultFile(vault, vault.store, env)
  const sound = outer ?? inner
  if (sound === undefined)
    throw new HoldfastError('VAULT_DAMAGED', 'Both copies of vault.json are damaged.', {
      next: 'Put vault.json back from a recovery kit or another copy of the vault.',
    })
  if (outer === undefined) puts.push({ store: vault.outer, key: VAULT_FILE, bytes: sound })
  if (inner === undefined || !Buffer.from(inner).equals(sound))
    puts.push({ store: vault.store, key: VAULT_FILE, bytes: sound })
  const readme = async () => await vault.outer.stat(README, { signal: env.signal })
  if ((await readme()) === undefined && (await readme()) === undefined)
    puts.push({ store: vault.outer, key: README, bytes: Buffer.from(readmeText(vault)) })
  const reserves = await brokenReserves(vault, env)
  const still = reserves.length > 0 ? await brokenReserves(vault, env) : []
  for (const key of reserves.filter((one) => still.includes(one)))
    puts.push({ store: vault.store, key, bytes: reserveBytes(vault) })
  for (const { store, key, bytes } of dryRun ? [] : puts) await putVerified(store, key, bytes, env)
  return puts.length
}

/** The file's bytes when they verify, asked twice: one bad answer is no damage. */
async function soundVaultFile(
  vault: OpenedVault,
  store: ObjectStore,
  env: RepairEnv,
): Promise<Uint8Array | undefined> {
  for (let attempt = 1; attempt <= 2; attempt += 1) {
    try {
      const bytes = await store.get(VAULT_FILE, { signal: env.signal })
      verifyVaultFile(readVaultFile(bytes), vault.keys.vaultFile)
      return bytes
    } catch (error) {
      const isNone =
        error instanceof HoldfastError && (error.code === 'NOT_A_VAULT' || error.code === 'VAULT_NEWER')
      if (!isDamage(error) && !isNone) throw error
    }
  }
  return undefined
}

/** Key files that can't be read, twice, beside one that can: nothing needs them. */
export async function deadKeyFiles(
  vault: OpenedVault,
  quarantined: ReadonlySet<string>,
  env: RepairEnv,
): Promise<string[]> {
  const first = await readKeyFiles(vault.outer, vault.id, env)
  if (first.every(({ readable }) => readable)) return []
  const second = await readKeyFiles(vault.outer, vault.id, env)
  if (!second.some(({ readable }) => readable)) return []
  const dead = second.filter(({ key, readable }) => {
    const before = first.find((one) => one.key === key)
    return !readable && before?.readable === false && !quarantined.has(key)
  })
  return dead.map(({ key }) => key)
}
