import { closeSync, constants, openSync } from 'node:fs'

/** A system call takes a path of at most 4,095 bytes; deeper trees are walked in steps of at most this. */
const LONGEST = 4000
const O_PATH = 0o10000000
const SLASH = 0x2f

/**
 * Calls `use` with a path that the system takes: the path itself, or, past PATH_MAX, one that starts at an open
 * directory on the way (`/proc/self/fd/N/…`). The short path is only good inside `use`.
 */
export function withShortPath<T>(path: Buffer, use: (short: Buffer) => T): T {
  if (path.length <= LONGEST) return use(path)
  let rest = path
  let fd: number | undefined
  try {
    while (rest.length > LONGEST) {
      const cut = rest.lastIndexOf(SLASH, LONGEST - 100)
      if (cut <= 0) break
      const step = below(fd, rest.subarray(0, cut))
      const next = openSync(step, O_PATH | constants.O_DIRECTORY)
      if (fd !== undefined) closeSync(fd)
      fd = next
      rest = rest.subarray(cut + 1)
    }
    return use(below(fd, rest))
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}

function below(fd: number | undefined, path: Buffer): Buffer {
  return fd === undefined ? path : Buffer.concat([Buffer.from(`/proc/self/fd/${fd}/`), path])
}
