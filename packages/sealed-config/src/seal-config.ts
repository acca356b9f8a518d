import { xsalsa20poly1305 } from '@noble/ciphers/salsa.js'
import { configKey } from './config-key.ts'

export const NONCE_BYTES = 24

/**
 * Seals a config the way rclone does, byte for byte: rclone 1.60.1 and newer reads the result with the same password.
 * Text becomes UTF-8. `nonce` is 24 fresh random bytes for every call: a nonce used twice under one password gives the
 * content away. Throws a RangeError for a nonce of another length and a ConfigError for an unusable password.
 */
export function sealConfig(content: string | Uint8Array, password: string, nonce: Uint8Array): Uint8Array {
  if (nonce.length !== NONCE_BYTES)
    throw new RangeError(`a nonce has ${NONCE_BYTES} bytes, not ${nonce.length}`)
  const clear = typeof content === 'string' ? Buffer.from(content, 'utf8') : content
  const sealed = xsalsa20poly1305(configKey(password), nonce).encrypt(clear)
  const box = Buffer.concat([nonce, sealed]).toString('base64')
  return Buffer.from(`# Encrypted rclone configuration File\n\nRCLONE_ENCRYPT_V0:\n${box}`, 'latin1')
}
