import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isRoot } from './command-line.ts'

/** A disk of its own that can be filled; disposing unmounts it. */
export type SmallDisk = Disposable & {
  readonly path: string
  /** Leaves so many bytes free. */
  fill(leaveBytes: number): void
  free(): void
}

/**
 * Mounts a disk in memory at `path`. Who is not root may not mount: then filling takes the right to write away, which
 * comes to the same but for the code of the error.
 */
export function openSmallDisk(path: string, megabytes: number): SmallDisk {
  mkdirSync(path, { recursive: true })
  const filler = join(path, '.filler')
  if (isRoot) execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', path])
  return {
    path,
    fill(leaveBytes) {
      if (!isRoot) return void execFileSync('chmod', ['-R', 'a-w', path])
      rmSync(filler, { force: true })
      const { bavail, bsize } = statfsSync(path)
      writeFileSync(filler, Buffer.alloc(Math.max(0, bavail * bsize - leaveBytes)))
    },
    free() {
      if (isRoot) rmSync(filler, { force: true })
      else execFileSync('chmod', ['-R', 'u+w', path])
    },
    [Symbol.dispose]() {
      if (isRoot) execFileSync('umount', ['-l', path])
      else execFileSync('chmod', ['-R', 'u+w', path])
    },
  }
}
