import { createCipheriv, createDecipheriv, createHmac, hkdfSync, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { HoldfastError, type VaultId } from '@holdfast/domain'
import { z } from 'zod'
import type { SealedBoxKeys } from './sealed-box.ts'

/** What rclone crypt gets. ASCII (base64url), so that no Unicode normalisation can change them on the way. */
export type CryptPasswords = { readonly password: string; readonly password2: string }

/** Every key of a vault, all derived from the master key by HKDF-SHA-256 (salt: the vault's id, info: the name). */
export type VaultKeys = {
  readonly masterKey: Uint8Array
  /** Piece ids: HMAC-SHA-256 under this key, so that ids say nothing about known files. */
  readonly pieceId: Uint8Array
  /** Seeds the chunker's table, so that cut points don't give known files away. */
  readonly chunker: Uint8Array
  /** MAC of snapshots, which covers the object's own name. */
  readonly mac: Uint8Array
  /** MAC of vault.json. */
  readonly vaultFile: Uint8Array
  /** Encryption of recovery kits, and their MAC. */
  readonly kit: Uint8Array
  readonly kitMac: Uint8Array
  /** Encryption of settings, history and lists of programs, and their MAC. */
  readonly settings: SealedBoxKeys
  /** Makes the bytes of the reserve. */
  readonly reserve: Uint8Array
}

/** Parameters of the passphrase's scrypt. N = 2^17 costs 128 MiB and some 0.3 s. */
export const KdfParameters = z.object({
  name: z.literal('scrypt'),
  n: z.union([z.literal(2 ** 15), z.literal(2 ** 16), z.literal(2 ** 17), z.literal(2 ** 18)]),
  r: z.literal(8),
  p: z.literal(1),
})
export type KdfParameters = z.infer<typeof KdfParameters>

/** What new keys are wrapped with. */
export const DEFAULT_KDF: KdfParameters = { name: 'scrypt', n: 2 ** 17, r: 8, p: 1 }

/** `keys/<8hex>.json`: the master key, wrapped under one passphrase. */
export const KeyFile = z.object({
  format: z.literal('holdfast-key'),
  version: z.literal(1),
  vault: z.string().regex(/^[0-9a-f]{32}$/),
  kdf: KdfParameters,
  /** When it was made, for people; nothing covers it. */
  created: z.iso.datetime().optional(),
  salt: z.string().regex(/^[0-9a-f]{64}$/),
  iv: z.string().regex(/^[0-9a-f]{32}$/),
  wrapped: z.string().regex(/^[0-9a-f]{64}$/),
  mac: z.string().regex(/^[0-9a-f]{64}$/),
})
export type KeyFile = z.infer<typeof KeyFile>

/** Derives every key. Pure and fast. */
export function deriveKeys(masterKey: Uint8Array, vault: VaultId): VaultKeys {
  return {
    masterKey,
    pieceId: derive(masterKey, vault, 'piece-id'),
    chunker: derive(masterKey, vault, 'chunker'),
    mac: derive(masterKey, vault, 'mac'),
    vaultFile: derive(masterKey, vault, 'vault-file'),
    kit: derive(masterKey, vault, 'kit'),
    kitMac: derive(masterKey, vault, 'kit-mac'),
    settings: settingsKeys(masterKey, vault),
    reserve: derive(masterKey, vault, 'reserve'),
  }
}

/** The keys of settings: from the master key, or from the key that a plain vault's settings have of their own. */
export function settingsKeys(key: Uint8Array, vault: VaultId): SealedBoxKeys {
  return { encryption: derive(key, vault, 'settings'), mac: derive(key, vault, 'settings-mac') }
}

/** The two passwords of the vault's rclone crypt remote. */
export function cryptPasswordsOf(masterKey: Uint8Array, vault: VaultId): CryptPasswords {
  return {
    password: Buffer.from(derive(masterKey, vault, 'crypt-password')).toString('base64url'),
    password2: Buffer.from(derive(masterKey, vault, 'crypt-password2')).toString('base64url'),
  }
}

/**
 * Wraps the master key under a passphrase: scrypt gives 64 bytes, the first half an AES-256-CTR key, the second an
 * HMAC-SHA-256 key over `<vault><iv><wrapped>` (encrypt, then MAC). Plain enough for openssl and python3 to open.
 */
export async function wrapMasterKey(
  masterKey: Uint8Array,
  passphrase: string,
  options: { vault: VaultId; kdf: KdfParameters; created: Date; salt: Uint8Array; iv: Uint8Array },
): Promise<KeyFile> {
  const { vault, kdf } = options
  const { encryption, mac } = await stretch(passphrase, options.salt, kdf)
  const cipher = createCipheriv('aes-256-ctr', encryption, options.iv)
  const wrapped = Buffer.concat([cipher.update(masterKey), cipher.final()]).toString('hex')
  const iv = Buffer.from(options.iv).toString('hex')
  return {
    format: 'holdfast-key',
    version: 1,
    vault,
    kdf,
    created: options.created.toISOString(),
    salt: Buffer.from(options.salt).toString('hex'),
    iv,
    wrapped,
    mac: createHmac('sha256', mac).update(`${vault}${iv}${wrapped}`).digest('hex'),
  }
}

/** The master key, or undefined when the passphrase is not the one this file was wrapped under. */
export async function unwrapMasterKey(file: KeyFile, passphrase: string): Promise<Uint8Array | undefined> {
  const { encryption, mac } = await stretch(passphrase, Buffer.from(file.salt, 'hex'), file.kdf)
  const expected = createHmac('sha256', mac).update(`${file.vault}${file.iv}${file.wrapped}`).digest()
  if (!timingSafeEqual(expected, Buffer.from(file.mac, 'hex'))) return undefined
  const decipher = createDecipheriv('aes-256-ctr', encryption, Buffer.from(file.iv, 'hex'))
  return Buffer.concat([decipher.update(Buffer.from(file.wrapped, 'hex')), decipher.final()])
}

const scryptAsync = promisify<Buffer, Uint8Array, number, object, Buffer>(scrypt)

async function stretch(passphrase: string, salt: Uint8Array, kdf: KdfParameters) {
  if (passphrase === '') throw new HoldfastError('LOCKED', 'The passphrase is empty.')
  const bytes = await scryptAsync(Buffer.from(passphrase.normalize('NFC')), salt, 64, {
    N: kdf.n,
    r: kdf.r,
    p: kdf.p,
    maxmem: 256 * kdf.n * kdf.r,
  })
  return { encryption: bytes.subarray(0, 32), mac: bytes.subarray(32) }
}

function derive(masterKey: Uint8Array, vault: VaultId, name: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', masterKey, Buffer.from(vault, 'hex'), `holdfast/v1/${name}`, 32))
}
