import { isHoldfastError } from '@holdfast/domain'
import { sha256Hex } from '../chunk/piece-id.ts'
import { readMark } from '../marks/mark-format.ts'
import type { VaultRoot } from '../ports.ts'
import { parseProgramKey, readProgramManifest } from '../program/program-format.ts'
import { readSettingsBody } from '../settings/settings-format.ts'
import { readSnapshot } from '../snapshot/snapshot-format.ts'
import { readClaim } from '../vault/claim-format.ts'
import { parseKeyFile } from '../vault/key-files.ts'
import type { OpenedVault } from '../vault/open-vault.ts'
import { isReserve } from '../vault/reserve.ts'
import { readVaultFile, VAULT_FILE, verifyVaultFile } from '../vault/vault-file.ts'

/**
 * True when an object proves by itself that it is what its name says: by the hash in its name, or a MAC that covers it.
 * Undefined for one of an unknown kind, of which nothing can be said.
 */
export function isWhole(
  vault: Pick<OpenedVault, 'id' | 'keys'>,
  { root, key, bytes }: { root: VaultRoot; key: string; bytes: Uint8Array },
): boolean | undefined {
  if (key === VAULT_FILE)
    return verifies(() => verifyVaultFile(readVaultFile(bytes), vault.keys.vaultFile), ['NOT_A_VAULT'])
  if (root === 'outer')
    return key.startsWith('keys/') ? parseKeyFile(key, bytes, vault.id).readable : undefined
  const hash = /^(?:packs\/[0-9a-f]{2}|index)\/([0-9a-f]{32})-[0-9a-f]{4}\.tar\.zst$/.exec(key)?.[1]
  if (hash !== undefined) return sha256Hex(bytes).startsWith(hash)
  const { mac } = vault.keys
  if (key.startsWith('snaps/')) return verifies(() => readSnapshot(key, bytes, mac))
  if (key.startsWith('marks/')) return verifies(() => readMark(key, bytes, mac))
  if (key.startsWith('writers/')) return verifies(() => readClaim(key, bytes, vault))
  if (key.startsWith('settings/')) return verifies(() => readSettingsBody(key, bytes, vault))
  if (key.startsWith('reserve/')) return isReserve(vault, bytes)
  const program = parseProgramKey(key)
  if (program?.kind === 'chunk') return sha256Hex(bytes).startsWith(program.hash)
  if (program?.kind === 'manifest') return verifies(() => readProgramManifest(key, bytes, vault))
  return undefined
}

function verifies(read: () => unknown, refusals: readonly string[] = []): boolean {
  try {
    read()
    return true
  } catch (error) {
    if (isHoldfastError(error) && ['VAULT_DAMAGED', ...refusals].includes(error.code)) return false
    // Its MAC agreed before its version was looked at.
    if (isHoldfastError(error, 'VAULT_NEWER')) return true
    throw error
  }
}
