import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { HoldfastError } from '@holdfast/domain'
import { systemCode } from '../system-error.ts'
import { UNIT_MARK } from './systemd-unit.ts'

/** A unit file as it is: none, ours, or one that somebody else wrote. */
export type UnitFile =
  | { readonly kind: 'none' }
  | { readonly kind: 'ours' | 'foreign'; readonly text: string }

/** Reads a unit file; a mask, which is a link to nowhere, is foreign. */
export async function readUnitFile(path: string): Promise<UnitFile> {
  try {
    const text = await readFile(path, 'utf8')
    return { kind: text.startsWith(`${UNIT_MARK}\n`) ? 'ours' : 'foreign', text }
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return { kind: 'none' }
    throw cause
  }
}

/** Writes a unit file whole, with its folder. NOT_ALLOWED where only root may, TARGET_NOT_WRITABLE, TARGET_FULL. */
export async function writeUnitFile(path: string, text: string): Promise<void> {
  const part = `${path}.part`
  try {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(part, text, { mode: 0o644, flush: true })
    await chmod(part, 0o644)
    await rename(part, path)
  } catch (cause) {
    await rm(part, { force: true }).catch(() => undefined)
    throw unitError(path, cause)
  }
}

/** Removes a unit file; nothing to do when it is gone. The same errors. */
export async function removeUnitFile(path: string): Promise<void> {
  try {
    await rm(path, { force: true })
  } catch (cause) {
    throw unitError(path, cause)
  }
}

function unitError(path: string, cause: unknown): HoldfastError {
  const code = systemCode(cause)
  if (code === 'EACCES' || code === 'EPERM')
    return new HoldfastError('NOT_ALLOWED', `${path} may not be written by this user.`, {
      ...{ cause, next: 'Run it as root, or leave out --system for a service of your own.' },
    })
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new HoldfastError('TARGET_FULL', `${path} can’t be written: the disk is full.`, { cause })
  return new HoldfastError('TARGET_NOT_WRITABLE', `${path} can’t be written.`, { cause })
}
