import { lstatSync, realpathSync } from 'node:fs'
import { HoldfastError } from '@holdfast/domain'
import type { EntryStat } from '@holdfast/vault/ports'
import { asBuffer } from './as-buffer.ts'
import { withShortPath } from './deep-path.ts'
import { entryStatOf } from './entry-stat.ts'
import { makeFolders } from './make-folders.ts'
import { printablePath } from './printable-path.ts'
import { systemCode } from './system-error.ts'
import { outsideTarget, writing } from './target-error.ts'

/** A relative path that may be used: every folder above it is a real directory inside the target. */
export type TargetPath = {
  readonly text: string
  readonly full: Buffer
  readonly parent: Buffer
  readonly name: Buffer
}

/** An empty name, `.`, `..`, a slash at either end, or NUL. */
const BAD_PATH = /(?:^|\/)\.{0,2}(?:\/|$)|\0/
/** Bytes of folder names remembered as checked. */
const REMEMBERED = 4_000_000

/**
 * Turns relative paths into full ones and never lets one out: each folder on the way is looked at once, without
 * following links, and then remembered. Folder names are kept as Latin-1 text, one character a byte.
 */
export function createTargetPaths(dir: Buffer) {
  let root: Buffer | undefined
  let verified = new Set<string>()
  let remembered = 0

  /** The target folder itself, made when missing. A link to a folder is what the user named, and is followed. */
  function makeRoot(): void {
    root ??= writing(dir, () => {
      makeFolders(dir, 0o777)
      return realpathSync.native(dir, { encoding: 'buffer' })
    })
  }

  function fullOf(text: string): Buffer {
    return Buffer.concat([root ?? dir, SLASH, Buffer.from(text, 'latin1')])
  }

  function remember(text: string): void {
    remembered += text.length
    if (remembered > REMEMBERED) {
      verified = new Set()
      remembered = text.length
    }
    verified.add(text)
  }

  /** True when all folders down to `text` are real; false when one is missing. */
  function isRealFolder(text: string, path: Uint8Array): boolean {
    const unknown: string[] = []
    for (let at = text; at !== '' && !verified.has(at); at = parentOf(at)) unknown.push(at)
    for (const folder of unknown.reverse()) {
      const stat = statAt(fullOf(folder))
      if (stat === undefined) return false
      if (stat.kind === 'link')
        throw outsideTarget(path, `${printablePath(Buffer.from(folder, 'latin1'))} is a link`)
      if (stat.kind !== 'dir')
        throw outsideTarget(path, `${printablePath(Buffer.from(folder, 'latin1'))} is no folder`)
      remember(folder)
    }
    return true
  }

  function textOf(path: Uint8Array): string {
    const text = asBuffer(path).toString('latin1')
    if (BAD_PATH.test(text)) throw outsideTarget(path, 'it is not a clean relative path')
    return text
  }

  return {
    makeRoot,
    remember,
    /** As a checked path, undefined when a folder on the way is missing. */
    find(path: Uint8Array): TargetPath | undefined {
      const text = textOf(path)
      const parent = parentOf(text)
      if (!isRealFolder(parent, path)) return undefined
      return {
        text,
        full: fullOf(text),
        parent: parent === '' ? (root ?? dir) : fullOf(parent),
        name: Buffer.from(parent === '' ? text : text.slice(parent.length + 1), 'latin1'),
      }
    },
    /** For writing: as `find`, but a missing folder is an error. */
    resolve(path: Uint8Array): TargetPath {
      makeRoot()
      const found = this.find(path)
      if (found !== undefined) return found
      throw new HoldfastError(
        'TARGET_NOT_WRITABLE',
        `The folder that ${printablePath(path)} belongs in is not there.`,
      )
    },
    /** Every folder of the path, outermost first. */
    foldersOf(path: Uint8Array): string[] {
      const folders: string[] = []
      for (let at = textOf(path); at !== ''; at = parentOf(at)) folders.push(at)
      return folders.reverse()
    },
    isVerified: (path: Uint8Array) => verified.has(textOf(path)),
    isRealFolder: (path: Uint8Array) => isRealFolder(textOf(path), path),
    forget: (text: string) => verified.delete(text),
    fullOf,
  }
}

/** What is at a full path, without following a link; undefined when nothing is. */
export function statAt(full: Buffer): EntryStat | undefined {
  try {
    const stats = withShortPath(full, (path) => lstatSync(path, { bigint: true, throwIfNoEntry: false }))
    return stats === undefined ? undefined : entryStatOf(stats)
  } catch (error) {
    const code = systemCode(error)
    if (code === 'ENOTDIR' || code === 'ENOENT') return undefined
    throw error
  }
}

const SLASH = Buffer.from('/')

function parentOf(text: string): string {
  const slash = text.lastIndexOf('/')
  return slash === -1 ? '' : text.slice(0, slash)
}
