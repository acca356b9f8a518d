import type { EngineEnv } from '../vault/create-vault.ts'
import { readKeyFiles } from '../vault/key-files.ts'
import type { OpenedVault } from '../vault/open-vault.ts'
import { brokenReserves } from '../vault/reserve.ts'
import { VAULT_FILE } from '../vault/vault-file.ts'
import { type Findings, isDamage } from './findings.ts'

/** The copy under v1/ must be the file itself, byte for byte. */
export async function checkVaultFile(vault: OpenedVault, env: EngineEnv, findings: Findings): Promise<void> {
  try {
    const [outer, inner] = await Promise.all([
      vault.outer.get(VAULT_FILE, { signal: env.signal }),
      vault.store.get(VAULT_FILE, { signal: env.signal }),
    ])
    if (!Buffer.from(outer).equals(inner)) findings.add(VAULT_FILE, 'vault-file', 'its two copies differ')
  } catch (error) {
    if (!isDamage(error)) throw error
    findings.add(VAULT_FILE, 'vault-file', error.message)
  }
}

export const README = 'README.txt'

/**
 * What lies in the open beside the vault, and the reserve: the README must be there, each key file must have the shape of one of this
 * vault, and an encrypted vault must have one. `aside` are key files that a repair set aside.
 */
export async function checkPlainFiles(
  vault: OpenedVault,
  by: { aside: ReadonlySet<string>; findings: Findings },
  env: EngineEnv,
): Promise<void> {
  if ((await vault.outer.stat(README, { signal: env.signal })) === undefined)
    by.findings.add(README, 'readme', 'it is missing: it says how to restore without Holdfast')
  for (const key of await brokenReserves(vault, env))
    by.findings.add(
      key,
      'reserve',
      'its bytes are not the ones that were put; without them a full remote is hard to prune',
    )
  const keys = await readKeyFiles(vault.outer, vault.id, env)
  for (const found of keys)
    if (!found.readable && !by.aside.has(found.key)) by.findings.add(found.key, 'key', found.reason)
  if (vault.encrypted && !keys.some((found) => found.readable))
    by.findings.add('keys', 'key', 'no readable key file is there: no passphrase opens the vault')
}
