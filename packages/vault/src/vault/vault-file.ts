import { createHmac, timingSafeEqual } from 'node:crypto'
import { HoldfastError, VaultId } from '@holdfast/domain'
import { z } from 'zod'

/** `vault.json`, plain and immutable on the raw remote; a copy lies under `v1/`. */
export const VaultFile = z.object({
  format: z.literal('holdfast-vault'),
  version: z.literal(1),
  id: VaultId,
  encrypted: z.boolean(),
  created: z.string(),
  /** A plain vault's master key, in the open: it guards against accidents, not against people. */
  masterKey: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable(),
  /** HMAC-SHA-256 under the vault-file key over the other fields, see `macOf`. */
  mac: z.string().regex(/^[0-9a-f]{64}$/),
})
export type VaultFile = z.infer<typeof VaultFile>

export const VAULT_FILE = 'vault.json'
/** What is bigger is none, and is not fetched. */
export const MAX_VAULT_FILE = 64 * 1024

/** The file's bytes, with its MAC filled in. */
export function writeVaultFile(fields: Omit<VaultFile, 'mac'>, key: Uint8Array): Uint8Array {
  return Buffer.from(`${JSON.stringify({ ...fields, mac: macOf(fields, key).toString('hex') }, null, 2)}\n`)
}

/** Parses the file. NOT_A_VAULT when it is something else, VAULT_NEWER when this version can't read it. */
export function readVaultFile(bytes: Uint8Array): VaultFile {
  const json = parseJson(bytes)
  const header = z.object({ format: z.literal('holdfast-vault'), version: z.number().int() }).safeParse(json)
  if (!header.success)
    throw new HoldfastError('NOT_A_VAULT', 'The vault.json there is not of a Holdfast vault.')
  if (header.data.version > 1)
    throw new HoldfastError(
      'VAULT_NEWER',
      `This vault has format ${header.data.version}; this Holdfast reads 1.`,
    )
  const file = VaultFile.safeParse(json)
  if (!file.success)
    throw new HoldfastError('VAULT_DAMAGED', 'The vault.json there is damaged.', { cause: file.error })
  return file.data
}

/** Rejects a file that somebody without the key has changed. */
export function verifyVaultFile(file: VaultFile, key: Uint8Array): void {
  if (!timingSafeEqual(macOf(file, key), Buffer.from(file.mac, 'hex')))
    throw new HoldfastError('VAULT_DAMAGED', 'The vault.json there was changed by somebody without the key.')
}

function macOf(fields: Omit<VaultFile, 'mac'>, key: Uint8Array): Buffer {
  const { format, version, id, encrypted, created, masterKey } = fields
  return createHmac('sha256', key)
    .update(JSON.stringify([format, version, id, encrypted, created, masterKey]))
    .digest()
}

function parseJson(bytes: Uint8Array): unknown {
  if (bytes.length > MAX_VAULT_FILE) return undefined
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch {
    return undefined // the caller says what it is not
  }
}
