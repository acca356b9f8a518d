import { Buffer } from 'node:buffer'
import { createPieceHasher } from '../chunk/piece-id.ts'
import type { BytePath } from '../scan/path-order.ts'
import type { Leaf } from './snapshot-format.ts'

/** A finished leaf: reused from the last manifest, or new with its bytes. */
export type FinishedLeaf =
  | { readonly kind: 'reused'; readonly leaf: number }
  | {
      readonly kind: 'new'
      readonly first: BytePath
      readonly last: BytePath
      readonly id: string
      readonly lines: number
      readonly bytes: Uint8Array
    }

/** Where an unchanged line stood in the last manifest. */
export type OldPlace = { readonly leaf: number; readonly line: number }

/**
 * Gathers manifest lines into leaves. A leaf ends where a hash of the path says so (on average after 2,048 lines), so
 * an unchanged region gives the leaf it gave last time; at 8,192 lines or 2 MiB it ends anyway.
 */
export type ManifestWriter = {
  /** Lines come in manifest order. `old` is given when the line is one of the last manifest, byte for byte. */
  add(path: BytePath, line: string, old: OldPlace | undefined): FinishedLeaf | undefined
  /** The old leaf with this number can't be read: it is stored anew even when it turns out the same. */
  distrust(leaf: number): void
  /** Ends the open leaf, if there is one. More lines may follow. */
  finish(): FinishedLeaf | undefined
}

const MAX_LINES = 8192
const MAX_BYTES = 2 * 1024 * 1024
const CUT_MASK = 0x7ff

export function createManifestWriter(options: {
  pieceIdKey: Uint8Array
  oldLeaves: readonly Leaf[]
}): ManifestWriter {
  const hasher = createPieceHasher(options.pieceIdKey)
  const oldById = new Map(options.oldLeaves.map((leaf, i) => [leaf[2], i]))
  let lines: string[] = []
  let bytes = 0
  let first: BytePath = ''
  /** The old leaf that all lines so far came from, in order and without a gap; -1 when that is not so. */
  let pristine = -1

  function cut(last: BytePath): FinishedLeaf {
    const old = pristine === -1 ? undefined : options.oldLeaves[pristine]
    const whole = old !== undefined && old[3] === lines.length
    const leaf = whole ? ({ kind: 'reused', leaf: pristine } as const) : hashed(last)
    lines = []
    bytes = 0
    return leaf
  }

  function hashed(last: BytePath): FinishedLeaf {
    const content = Buffer.from(lines.join(''), 'latin1')
    const id = hasher.of(content).toString('hex')
    const known = oldById.get(id)
    if (known !== undefined) return { kind: 'reused', leaf: known }
    return { kind: 'new', first, last, id, lines: lines.length, bytes: content }
  }

  let lastPath: BytePath = ''
  return {
    add(path, line, old) {
      if (lines.length === 0) {
        first = path
        pristine = old?.line === 0 ? old.leaf : -1
      } else if (old === undefined || old.leaf !== pristine || old.line !== lines.length) pristine = -1
      lines.push(line)
      bytes += line.length
      lastPath = path
      const full = lines.length >= MAX_LINES || bytes >= MAX_BYTES
      return full || (hash32(path) & CUT_MASK) === 0 ? cut(path) : undefined
    },
    distrust(leaf) {
      const id = options.oldLeaves[leaf]?.[2]
      if (id !== undefined) oldById.delete(id)
    },
    finish: () => (lines.length === 0 ? undefined : cut(lastPath)),
  }
}

/** FNV-1a with a final mix, so that the low bits depend on every byte. */
function hash32(path: BytePath): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < path.length; i += 1) hash = Math.imul(hash ^ path.charCodeAt(i), 0x01000193)
  hash ^= hash >>> 16
  return Math.imul(hash, 0x85ebca6b) >>> 8
}
