import { readFile, realpath } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { HoldfastError } from '@holdfast/domain'
import { systemRandom } from '@holdfast/host'
import {
  ConfigError,
  isSealedConfig,
  NONCE_BYTES,
  openConfig,
  sealConfig,
  writeSealedFile,
} from '@holdfast/sealed-config'
import type { Settings } from './settings.ts'

/** An rclone configuration as it lies on the disk. */
export type ConfigFile = {
  /** Without links. */
  readonly path: string
  readonly name: string
  readonly bytes: Uint8Array
  readonly sealed: boolean
}

/** Reads a configuration. INPUT_INVALID when there is none, CONFIG_DAMAGED when it is something else. */
export async function readConfigFile(name: string): Promise<ConfigFile> {
  const { path, bytes } = await bytesOf(name)
  const sealed = isSealedConfig(bytes)
  if (!sealed && !isConfig(bytes))
    throw new HoldfastError('CONFIG_DAMAGED', `${name} is no configuration of rclone.`, {
      next: 'Name the file that `rclone config file` tells.',
    })
  return { path, name, bytes, sealed }
}

/** The clear content. LOCKED for a wrong password, CONFIG_DAMAGED, INPUT_INVALID for a file that is not sealed. */
export function openConfigFile({ name, bytes, sealed }: ConfigFile, password: string): Uint8Array {
  if (!sealed)
    throw new HoldfastError('INPUT_INVALID', `${name} is not sealed.`, {
      next: 'Seal it with `config seal`.',
    })
  try {
    return openConfig(bytes, password)
  } catch (cause) {
    if (!(cause instanceof ConfigError)) throw cause
    throw openingError(name, cause)
  }
}

/**
 * Puts a sealed file in the place of a configuration, atomically, with its mode and owner. Refuses Holdfast's own,
 * whose key the agent keeps, and a file that changed after it was read.
 */
export async function replaceConfigFile(
  file: ConfigFile,
  clear: Uint8Array,
  { password, settings }: { password: string; settings: Settings },
): Promise<void> {
  const sealed = sealedWith(password, clear)
  const now = await bytesOf(file.name)
  if (now.path !== file.path || !Buffer.from(now.bytes).equals(file.bytes))
    throw new HoldfastError('INPUT_INVALID', `Another program changed ${file.name} meanwhile.`, {
      next: 'Stop the rclone that uses it, then try again.',
    })
  await refuseOwn(file, settings)
  try {
    await writeSealedFile(file.path, sealed, { keepMode: true })
  } catch (cause) {
    const code = codeOf(cause)
    const full = code === 'ENOSPC' || code === 'EDQUOT'
    throw new HoldfastError(
      full ? 'TARGET_FULL' : 'TARGET_NOT_WRITABLE',
      `${file.name} can't be written: ${full ? 'its disk is full' : code}.`,
      { cause },
    )
  }
}

/** Holdfast's own configuration is sealed with a key of its own; with another one the agent would not start again. */
export async function refuseOwn({ path, name }: ConfigFile, { home }: Settings): Promise<void> {
  const own = await realpath(home).catch(() => home)
  if (dirname(path) === own && ['rclone.conf', 'secrets.conf'].includes(basename(path)))
    throw new HoldfastError('INPUT_INVALID', `${name} is Holdfast's own configuration.`, {
      next: 'Stop the agent, and start it with HOLDFAST_CONFIG_KEY or HOLDFAST_CONFIG_KEY_FROM: it seals it again.',
    })
}

function sealedWith(password: string, clear: Uint8Array): Uint8Array {
  try {
    const sealed = sealConfig(clear, password, systemRandom.bytes(NONCE_BYTES))
    // The clear text is about to be gone: what takes its place must open.
    if (Buffer.from(openConfig(sealed, password)).equals(clear)) return sealed
  } catch (cause) {
    if (!(cause instanceof ConfigError)) throw cause
    throw new HoldfastError('INPUT_INVALID', cause.message, { next: 'Choose another password.', cause })
  }
  throw new HoldfastError('INTERNAL', 'What was sealed does not open again.')
}

/** Sections and options, as rclone writes them; at least one section, unless there is nothing at all. */
function isConfig(bytes: Uint8Array): boolean {
  const text = Buffer.from(bytes).toString('utf8')
  if (text.includes('\ufffd') || text.includes('\0')) return false
  const lines = text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^[#;]/.test(line))
  if (lines.length > 0 && !/^\[.+\]$/.test(lines[0] ?? '')) return false
  return lines.every((line) => /^\[.+\]$/.test(line) || /^[^=\s][^=]*=/.test(line))
}

function openingError(name: string, cause: ConfigError): HoldfastError {
  switch (cause.code) {
    case 'CONFIG_WRONG_PASSWORD':
    case 'CONFIG_PASSWORD_INVALID':
      return new HoldfastError('LOCKED', `${name} does not open with this password.`, {
        next: 'Give the password that it was sealed with.',
        cause,
      })
    case 'CONFIG_NEWER':
      return new HoldfastError('CONFIG_DAMAGED', `${name} is sealed in a format newer than this program.`, {
        next: 'Update Holdfast on this machine.',
        cause,
      })
    case 'CONFIG_DAMAGED':
    case 'CONFIG_NOT_SEALED':
      return new HoldfastError('CONFIG_DAMAGED', `${name} is damaged: ${cause.message}`, {
        next: 'Put it back from a copy.',
        cause,
      })
    default:
      return cause.code satisfies never
  }
}

async function bytesOf(name: string): Promise<{ path: string; bytes: Uint8Array }> {
  try {
    const path = await realpath(name)
    return { path, bytes: await readFile(path) }
  } catch (cause) {
    const missing = ['ENOENT', 'ENOTDIR'].includes(codeOf(cause))
    throw new HoldfastError(
      'INPUT_INVALID',
      missing ? `There is no file ${name}.` : `${name} can't be read.`,
      {
        next: 'Name a file that you may read.',
        cause,
      },
    )
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
