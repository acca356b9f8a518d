import { chmodSync, fchmodSync, fchownSync, futimesSync, lchownSync, lutimesSync } from 'node:fs'
import type { Attributes } from '@holdfast/vault/ports'
import { utimesText } from './file-times.ts'

/** Sets owner, mode and times of an open file or directory. Owner first: chown clears setuid and setgid. */
export function applyToFd(fd: number, attributes: Attributes): void {
  const { owner, mtimeNs } = attributes
  if (owner !== undefined) fchownSync(fd, owner.uid, owner.gid)
  fchmodSync(fd, safeMode(attributes))
  const time = utimesText(mtimeNs)
  futimesSync(fd, time, time)
}

/** The same by path, for what is not opened. A link has no mode of its own; nothing here follows one. */
export function applyToPath(path: Buffer, attributes: Attributes): void {
  const { kind, owner, mtimeNs } = attributes
  if (owner !== undefined) lchownSync(path, owner.uid, owner.gid)
  if (kind !== 'link') chmodSync(path, safeMode(attributes))
  const time = utimesText(mtimeNs)
  lutimesSync(path, time, time)
}

/** Without its owner back, a program that was setuid would be root's here when root restores it. */
function safeMode({ kind, owner, mode }: Attributes): number {
  const asRoot = kind === 'file' && owner === undefined && process.geteuid?.() === 0
  return asRoot ? mode & ~0o6000 : mode
}
