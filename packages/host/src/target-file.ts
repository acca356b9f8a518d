import { closeSync, constants, ftruncateSync, openSync, renameSync, unlinkSync, writeSync } from 'node:fs'
import type { TargetFile } from '@holdfast/vault/ports'
import { applyToFd } from './attributes.ts'
import { withShortPath } from './deep-path.ts'
import { PART_NAME, partName } from './part-name.ts'
import { systemCode } from './system-error.ts'
import { writing } from './target-error.ts'
import type { TargetPath } from './target-paths.ts'

const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
const BLOCK = 4096
const ZEROS = Buffer.alloc(BLOCK)

/** Part files that are open and restored files that merely look like one, by full path: neither is a leftover. */
export type NotLeftovers = Set<string>

/** Starts a file under its part name; see TargetTree.createFile. */
export function createTargetFile(path: TargetPath, sparse: boolean, notLeftovers: NotLeftovers): TargetFile {
  const { fd, part, key } = writing(path.full, () => openPart(path, notLeftovers))
  let end = 0
  let open = true

  function close(): void {
    open = false
    notLeftovers.delete(key)
    closeSync(fd)
  }
  function discard(): void {
    if (!open) return
    close()
    withShortPath(part, unlinkSync)
  }

  return {
    writeAt(offset, bytes) {
      writing(path.full, () => {
        if (sparse) writeAround(fd, offset, bytes)
        else writeAll(fd, offset, bytes)
      })
      end = Math.max(end, offset + bytes.byteLength)
    },
    finish(size, attributes) {
      try {
        writing(path.full, () => {
          if (sparse || end !== size) ftruncateSync(fd, size)
          applyToFd(fd, attributes)
          withShortPath(part, (from) => withShortPath(path.full, (to) => renameSync(from, to)))
        })
      } catch (error) {
        discard()
        throw error
      }
      close()
      if (isPartName(path.name)) notLeftovers.add(path.full.toString('latin1'))
    },
    discard,
  }
}

/** @NOTE a crash leaves the part file behind; when the same file is restored again it is in the way, and removed. */
function openPart(path: TargetPath, notLeftovers: NotLeftovers): { fd: number; part: Buffer; key: string } {
  for (let attempt = 0; ; attempt += 1) {
    const part = Buffer.concat([path.parent, Buffer.from(`/${partName(path.name, attempt)}`)])
    const key = part.toString('latin1')
    if (notLeftovers.has(key)) continue
    const fd = withShortPath(part, createNew)
    notLeftovers.add(key)
    return { fd, part, key }
  }
}

function createNew(part: Buffer): number {
  try {
    return openSync(part, CREATE, 0o600)
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error
    unlinkSync(part)
    return openSync(part, CREATE, 0o600)
  }
}

function isPartName(name: Buffer): boolean {
  return name.length === 23 && PART_NAME.test(name.toString('latin1'))
}

function writeAll(fd: number, offset: number, bytes: Uint8Array): void {
  let done = 0
  while (done < bytes.byteLength) done += writeSync(fd, bytes, done, bytes.byteLength - done, offset + done)
}

/** Writes all but the blocks of zeros that lie on block boundaries of the file; those stay holes. */
function writeAround(fd: number, offset: number, bytes: Uint8Array): void {
  const total = bytes.byteLength
  let from = 0
  let at = Math.min(total, (BLOCK - (offset % BLOCK)) % BLOCK)
  while (at < total) {
    const next = Math.min(at + BLOCK, total)
    if (isZero(bytes, at, next)) {
      if (at > from) writeAll(fd, offset + from, bytes.subarray(from, at))
      from = next
    }
    at = next
  }
  if (total > from) writeAll(fd, offset + from, bytes.subarray(from, total))
}

function isZero(bytes: Uint8Array, from: number, to: number): boolean {
  return bytes[from] === 0 && bytes[to - 1] === 0 && ZEROS.compare(bytes, from, to, 0, to - from) === 0
}
