import type { EntryStat, SourceTree } from '../ports.ts'
import { excludeRules } from './exclude-rules.ts'
import { type BytePath, fromBytePath } from './path-order.ts'

/** What of a source is not backed up. What is not said leaves nothing out. */
export type Omissions = {
  /** Gitignore lines. */
  readonly excludes: readonly string[]
  /** Files with more bytes than this. */
  readonly maxFileBytes?: number | undefined
  /** Folders that carry a CACHEDIR.TAG with its signature (bford.info/cachedir). */
  readonly skipCacheDirs?: boolean | undefined
  /** What is mounted below the root from another file system; the empty mount points stay. */
  readonly oneFileSystem?: boolean | undefined
}

/** Why something is left out; `rule` is the line's place in `excludes`. */
export type LeftOut =
  | { readonly kind: 'rule'; readonly rule: number }
  | { readonly kind: 'larger' }
  | { readonly kind: 'cache' }
  | { readonly kind: 'file-system' }
  /** Only in a survey: a place that is none of its business. */
  | { readonly kind: 'avoided' }

export type LeaveOut = {
  /** Judges what was found below a root on the file system `rootDev`; `path` is relative to that root. */
  entry(path: BytePath, found: EntryStat, rootDev: string): LeftOut | undefined
  /** Judges a folder by what is in it. */
  folder(tree: SourceTree, real: BytePath, names: readonly Uint8Array[]): LeftOut | undefined
}

/**
 * The omissions as a judge; undefined when nothing is left out, so that a plain run pays nothing. A source's own root
 * is never judged: who names it wants it.
 */
export function leaveOut(omissions: Omissions): LeaveOut | undefined {
  const { maxFileBytes, skipCacheDirs = false, oneFileSystem = false } = omissions
  const rules = excludeRules(omissions.excludes)
  if (rules === undefined && maxFileBytes === undefined && !skipCacheDirs && !oneFileSystem) return undefined
  return {
    entry(path, found, rootDev) {
      const isDirectory = found.kind === 'dir'
      const rule = rules?.(path, isDirectory)
      if (rule !== undefined) return { kind: 'rule', rule }
      if (maxFileBytes !== undefined && found.kind === 'file' && found.size > maxFileBytes) return LARGER
      // Folders only: on an overlay file system files may answer with the device of a layer below.
      if (oneFileSystem && isDirectory && found.dev !== rootDev) return OTHER_FILE_SYSTEM
      return undefined
    },
    folder: (tree, real, names) =>
      skipCacheDirs && names.some(isTagName) && isTagged(tree, real) ? CACHE : undefined,
  }
}

const LARGER: LeftOut = { kind: 'larger' }
const CACHE: LeftOut = { kind: 'cache' }
const OTHER_FILE_SYSTEM: LeftOut = { kind: 'file-system' }

const TAG_NAME = Buffer.from('CACHEDIR.TAG')
const SIGNATURE = Buffer.from('Signature: 8a477f597d28d172789f06886806bc55')

function isTagName(name: Uint8Array): boolean {
  return name.length === TAG_NAME.length && TAG_NAME.equals(name)
}

/** A tag that can't be read is none: then the folder is backed up. */
function isTagged(tree: SourceTree, real: BytePath): boolean {
  const file = tree.open(fromBytePath(`${real}/${TAG_NAME.toString('latin1')}`))
  if ('problem' in file) return false
  const head = Buffer.alloc(SIGNATURE.length)
  try {
    return file.readInto(head) === head.length && head.equals(SIGNATURE)
  } catch {
    return false // see above: what the walk backs up it reads again, and names then
  } finally {
    file.close()
  }
}
