import { chmodSync, fchmodSync, fchownSync, futimesSync, lchownSync, lutimesSync } from 'node:fs'
import type { Attributes } from '@holdfast/vault/ports'
import { utimesText } from './file-times.ts'

/** Sets owner, mode and times of an open file or directory. Owner first: chown clears setuid and setgid. */
export function applyToFd(fd: number, { owner, mode, mtimeNs }: Attributes): void {
  if (owner !== undefined) fchownSync(fd, owner.uid, owner.gid)
  fchmodSync(fd, mode)
  const time = utimesText(mtimeNs)
  futimesSync(fd, time, time)
}

/** The same by path, for what is not opened. A link has no mode of its own; nothing here follows one. */
export function applyToPath(path: Buffer, { kind, owner, mode, mtimeNs }: Attributes): void {
  if (owner !== undefined) lchownSync(path, owner.uid, owner.gid)
  if (kind !== 'link') chmodSync(path, mode)
  const time = utimesText(mtimeNs)
  lutimesSync(path, time, time)
}
