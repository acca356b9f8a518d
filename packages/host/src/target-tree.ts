import {
  chmodSync,
  closeSync,
  constants,
  linkSync,
  mkdirSync,
  openSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs'
import type { Attributes, EntryStat, TargetTree } from '@holdfast/vault/ports'
import { asBuffer } from './as-buffer.ts'
import { applyToFd, applyToPath } from './attributes.ts'
import { withShortPath } from './deep-path.ts'
import { makeNode } from './make-node.ts'
import { openForReading } from './open-file.ts'
import { readProblemOf } from './read-problem.ts'
import { outsideTarget, writing } from './target-error.ts'
import { createTargetFile, type NotLeftovers } from './target-file.ts'
import { createTargetPaths, statAt } from './target-paths.ts'

const OPEN_FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW

/** A target tree in one folder, for what joins several of them. */
export type FolderTree = TargetTree & {
  /** A checked path as a full one, for a second name in another tree. The folder above it must be there. */
  fullPath(path: Uint8Array): Buffer
  /** As makeHardLink, from any file of this machine. */
  linkFrom(path: Uint8Array, full: Buffer): void
  /** Gives what is there another free path in this tree, whose folders are made. Never follows a link. */
  move(path: Uint8Array, to: Uint8Array): void
}

/**
 * A folder of this machine to restore into, see TargetTree. The folder is made at the first write and may be given
 * as bytes. Attributes with an owner need root. Holds no resources but the files that `createFile` gave out.
 */
export function createTargetTree(dir: string | Uint8Array): FolderTree {
  const paths = createTargetPaths(typeof dir === 'string' ? Buffer.from(dir) : asBuffer(dir))
  const notLeftovers: NotLeftovers = new Set()

  function linkFrom(path: Uint8Array, first: Buffer): void {
    const { full } = paths.resolve(path)
    writing(full, () => withShortPath(first, (from) => withShortPath(full, (to) => linkSync(from, to))))
  }

  const tree: FolderTree = {
    fullPath: (path) => paths.resolve(path).full,
    linkFrom,
    move(path, to) {
      const { full, text } = paths.resolve(path)
      const slash = to.lastIndexOf(0x2f)
      if (slash !== -1) tree.makeDir(to.subarray(0, slash))
      const { full: free } = paths.resolve(to)
      writing(full, () =>
        withShortPath(full, (from) => withShortPath(free, (short) => renameSync(from, short))),
      )
      paths.forget(text)
    },
    lstat(path) {
      const found = paths.find(path)
      return found === undefined ? undefined : statAt(found.full)
    },
    makeDir(path) {
      if (paths.isVerified(path)) return
      paths.makeRoot()
      for (const folder of paths.foldersOf(path)) {
        const bytes = Buffer.from(folder, 'latin1')
        if (paths.isVerified(bytes)) continue
        const full = paths.fullOf(folder)
        const found = statAt(full)
        if (found === undefined) writing(full, () => withShortPath(full, (short) => mkdirSync(short, 0o700)))
        else keepFolder(full, found, bytes)
        paths.remember(folder)
      }
    },
    finishDir(path, attributes) {
      const { full } = paths.resolve(path)
      writing(full, () => withShortPath(full, (short) => applyToFolder(short, attributes)))
    },
    createFile: (path, { sparse }) => createTargetFile(paths.resolve(path), sparse, notLeftovers),
    makeLink(path, target, attributes) {
      const { full } = paths.resolve(path)
      writing(full, () =>
        withShortPath(full, (short) => {
          symlinkSync(asBuffer(target), short)
          applyToPath(short, attributes)
        }),
      )
    },
    makeHardLink: (path, existing) => linkFrom(path, paths.resolve(existing).full),
    makeNode: async (path, attributes, device) => makeNode(paths.resolve(path), attributes, device),
    remove(path) {
      const found = paths.find(path)
      const stat = found === undefined ? undefined : statAt(found.full)
      if (found === undefined || stat === undefined) return
      writing(found.full, () => withShortPath(found.full, stat.kind === 'dir' ? rmdirSync : unlinkSync))
      paths.forget(found.text)
    },
    open(path) {
      const found = paths.find(path)
      return found === undefined ? { problem: 'vanished', gone: true } : openForReading(found.full)
    },
    readLink(path) {
      const found = paths.find(path)
      if (found === undefined) return { problem: 'vanished', gone: true }
      try {
        return withShortPath(found.full, (short) => readlinkSync(short, { encoding: 'buffer' }))
      } catch (error) {
        return readProblemOf(error)
      }
    },
  }
  return tree
}

/** An existing folder of ours that we may not enter or fill (a restore before set it so) is opened up again. */
function keepFolder(full: Buffer, found: EntryStat, path: Buffer): void {
  if (found.kind !== 'dir')
    throw outsideTarget(path, found.kind === 'link' ? 'a link is there' : 'a file is there')
  const me = process.geteuid?.()
  if (me === 0 || me !== found.uid || (found.mode & 0o700) === 0o700) return
  writing(full, () => withShortPath(full, (short) => chmodSync(short, found.mode | 0o700)))
}

function applyToFolder(path: Buffer, attributes: Attributes): void {
  const fd = openSync(path, OPEN_FOLDER)
  try {
    applyToFd(fd, attributes)
  } finally {
    closeSync(fd)
  }
}
