import { xsalsa20poly1305 } from '@noble/ciphers/salsa.js'
import { ConfigError } from './config-error.ts'
import { configKey } from './config-key.ts'
import { NONCE_BYTES } from './seal-config.ts'

const TAG_BYTES = 16
const MARK = 'RCLONE_ENCRYPT_V0:'
const ANY_MARK = 'RCLONE_ENCRYPT_V'
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/**
 * The content of a config that `sealConfig` or rclone sealed. Reads what rclone reads: comments and blank lines before
 * the mark, line ends of any kind inside the base64. Throws a ConfigError: CONFIG_NOT_SEALED for plain text,
 * CONFIG_NEWER for a mark of a later format, CONFIG_DAMAGED for one that is cut short or not base64,
 * CONFIG_WRONG_PASSWORD when the seal does not open (a changed byte looks the same), CONFIG_PASSWORD_INVALID.
 */
export function openConfig(sealed: Uint8Array, password: string): Uint8Array {
  const { mark, rest } = splitAtMark(sealed)
  if (!mark.startsWith(ANY_MARK)) throw new ConfigError('CONFIG_NOT_SEALED', 'The config is not sealed.')
  if (mark !== MARK)
    throw new ConfigError('CONFIG_NEWER', 'The config is sealed in a format that is newer than this program.')
  const base64 = rest.replaceAll(/[\r\n]/g, '')
  if (!BASE64.test(base64)) throw new ConfigError('CONFIG_DAMAGED', 'The sealed config is not valid base64.')
  const box = Buffer.from(base64, 'base64')
  if (box.length < NONCE_BYTES + TAG_BYTES)
    throw new ConfigError('CONFIG_DAMAGED', 'The sealed config is cut short.')
  const key = configKey(password)
  try {
    return xsalsa20poly1305(key, box.subarray(0, NONCE_BYTES)).decrypt(box.subarray(NONCE_BYTES))
  } catch (cause) {
    throw new ConfigError('CONFIG_WRONG_PASSWORD', 'The config does not open with this password.', { cause })
  }
}

/** True when the bytes carry rclone's mark of encryption, of this format or a later one. */
export function isSealedConfig(bytes: Uint8Array): boolean {
  return splitAtMark(bytes).mark.startsWith(ANY_MARK)
}

/** The first line that is neither blank nor a comment, and everything after it. Bytes as Latin-1: none gets lost. */
function splitAtMark(bytes: Uint8Array): { mark: string; rest: string } {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  let start = 0
  while (start < text.length) {
    const end = text.indexOf('\n', start)
    const next = end === -1 ? text.length : end + 1
    const line = text.slice(start, next).trim()
    if (line !== '' && !line.startsWith(';') && !line.startsWith('#'))
      return { mark: line, rest: text.slice(next) }
    start = next
  }
  return { mark: '', rest: '' }
}
